// @ts-check
// The websocket of the page: connects, says in words how it is, comes back by itself. Knows frames, not messages.
import { backoff } from "./backoff.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {"connecting" | "ready" | "waiting" | "signed_out" | "too_many" | "outdated"} State */

const SIGNED_OUT = 4401;
const TOO_MANY = 4429;
const CROWDED_WAIT_S = 30;

export class Connection {
  /**
   * @param {string} path
   * @param {number} protocol the version this page speaks
   * @param {{onFrame: (frame: Frame) => void, onState: (state: State, retryAt: number) => void}} listeners
   */
  constructor(path, protocol, { onFrame, onState }) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.protocol = protocol;
    this.onFrame = onFrame;
    this.onState = onState;
    this.attempt = 0;
    this.ready = false;
    this.finished = false;
    this.heardAt = 0;
    /** @type {WebSocket | null} */ this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.timer = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */ this.heart = undefined;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  open() {
    clearTimeout(this.timer);
    this.onState("connecting", 0);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onmessage = (message) => this.socket === socket && this.receive(message.data);
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  /** @param {Record<string, unknown>} frame @returns {boolean} whether it could be sent */
  send(frame) {
    if (!this.ready || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Connects at once instead of waiting out the delay: the network or the reader came back. */
  hurry() {
    if (this.finished || this.socket?.readyState === WebSocket.OPEN || this.socket?.readyState === WebSocket.CONNECTING) return;
    this.attempt = 0;
    this.open();
  }

  /** @param {string} data */
  receive(data) {
    this.heardAt = Date.now();
    const frame = /** @type {Frame} */ (JSON.parse(data));
    if (frame.type === "ready" && !this.begin(frame)) return;
    if (frame.type !== "pong") this.onFrame(frame);
  }

  /** @param {Frame} frame */
  begin(frame) {
    if (frame.protocol !== this.protocol) {
      this.finish("outdated");
      return false;
    }
    this.ready = true;
    this.attempt = 0;
    this.onState("ready", 0);
    this.beat(Number(frame.heartbeat_s) || 20);
    return true;
  }

  /** @param {number} seconds */
  beat(seconds) {
    clearInterval(this.heart);
    this.heart = setInterval(() => {
      // Two silent beats mean a dead line that TCP has not noticed yet.
      if (Date.now() - this.heardAt > 2.5 * seconds * 1000) this.drop();
      else this.send({ type: "ping" });
    }, seconds * 1000);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.closed(0);
  }

  /** @param {number} code */
  closed(code) {
    this.ready = false;
    clearInterval(this.heart);
    if (this.finished) return;
    if (code === SIGNED_OUT) return this.finish("signed_out");
    const wait = code === TOO_MANY ? CROWDED_WAIT_S : backoff(this.attempt);
    this.attempt += 1;
    this.onState(code === TOO_MANY ? "too_many" : "waiting", Date.now() + wait * 1000);
    this.timer = setTimeout(() => this.open(), wait * 1000);
  }

  /** @param {State} state */
  finish(state) {
    this.finished = true;
    this.ready = false;
    clearInterval(this.heart);
    this.socket?.close();
    this.onState(state, 0);
  }
}
