// @ts-check
// Reads an answer to screen readers while it is written: finished sentences, some at a time, never tokens. One voice: when
// several answers are written side by side, none is read.
import { byId, el } from "./dom.js";
import { Sentences } from "./sentences.js";

/** @typedef {import("./answer.js").Answer} Answer */

const PAUSE_MS = 2000; // between two additions: a reader that is interrupted all the time reads nothing to its end
const KEPT = 8; // additions, for who comes late; older ones would only be in the way
const CLEAR_MS = 10_000; // after the end, when everything has been taken up

export class ReadingAloud {
  /** @param {() => number} running how many answers are being written */
  constructor(running) {
    this.running = running;
    this.place = byId("spoken", HTMLElement);
    /** @type {Answer | null} */ this.answer = null;
    this.sentences = new Sentences();
    /** @type {string[]} */ this.waiting = [];
    this.saidAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.timer = undefined;
  }

  /** A piece of an answer has come, or its end. @param {Answer} answer @param {string | null} text */
  hear(answer, text) {
    if (text === null) return this.end(answer);
    if (this.running() > 1) return;
    if (this.answer !== answer) this.begin(answer);
    this.waiting.push(...this.sentences.feed(text));
    if (this.waiting.length) this.timer ??= setTimeout(() => this.say(), Math.max(0, this.saidAt + PAUSE_MS - Date.now()));
  }

  /** @param {Answer | null} answer */
  begin(answer) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.answer = answer;
    this.sentences = new Sentences();
    this.waiting = [];
    this.place.replaceChildren();
  }

  say() {
    this.timer = undefined;
    this.saidAt = Date.now();
    if (this.waiting.length) this.place.append(el("p", {}, this.waiting.join(" ")));
    this.waiting = [];
    while (this.place.children.length > KEPT) this.place.firstElementChild?.remove();
  }

  /** The answer is over: what is left of it is said at once. @param {Answer} answer */
  end(answer) {
    if (this.answer !== answer) return;
    clearTimeout(this.timer);
    this.waiting.push(...this.sentences.rest());
    this.say();
    this.timer = setTimeout(() => this.begin(null), CLEAR_MS);
  }
}
