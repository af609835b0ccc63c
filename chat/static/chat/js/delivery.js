// @ts-check
// Brings messages to the server: over the websocket, or by POST when they are too big for a frame or the socket
// stays down. Either way the answer is an acknowledgement or a refusal; until then the outbox keeps them.

import { postJson } from "./server.js";

/** @typedef {import("./types.js").Sending} Sending */
/** @typedef {import("./types.js").Frame} Frame */

const PATIENCE_MS = 4000; // how long a message waits for the socket before it takes the other way
const FRAME_MARGIN = 1024; // bytes for everything in a frame that is not text

export class Delivery {
  /**
   * @param {{outbox: import("./outbox.js").Outbox, connection: import("./socket.js").Connection, sendUrl: string, compareUrl: string,
   *   frameBytes: number, csrf: string, onFrame: (frame: Frame) => void, onSignedOut: () => void}} parts
   */
  constructor({ outbox, connection, sendUrl, compareUrl, frameBytes, csrf, onFrame, onSignedOut }) {
    this.outbox = outbox;
    this.connection = connection;
    this.sendUrl = sendUrl;
    this.compareUrl = compareUrl;
    this.frameBytes = frameBytes;
    this.csrf = csrf;
    this.onFrame = onFrame;
    this.onSignedOut = onSignedOut;
    /** @type {Set<string>} */ this.posting = new Set();
  }

  /** @param {Sending} entry */
  submit(entry) {
    this.outbox.add(entry);
    this.push(entry);
  }

  /** Sends everything again that was not acknowledged; the server makes one run of each. */
  resend() {
    for (const entry of this.outbox.entries()) this.push(entry);
  }

  /** @param {Sending} entry */
  push(entry) {
    const frame = frameOf(entry);
    const big = new TextEncoder().encode(JSON.stringify(frame)).length + FRAME_MARGIN > this.frameBytes;
    if (big) this.post(entry);
    else if (!this.connection.send(frame)) setTimeout(() => this.rescue(entry), PATIENCE_MS);
  }

  /** @param {Sending} entry */
  rescue(entry) {
    const waiting = this.outbox.entries().some((other) => other.client_id === entry.client_id);
    if (waiting && !this.connection.ready) this.post(entry);
  }

  /** @param {Sending} entry */
  async post(entry) {
    if (this.posting.has(entry.client_id)) return;
    this.posting.add(entry.client_id);
    try {
      const answer = await postJson(entry.payers ? this.compareUrl : this.sendUrl, frameOf(entry), this.csrf);
      if (answer === "signed_out") this.onSignedOut();
      else if (answer) this.onFrame({ ...answer, ref: entry.client_id });
    } finally {
      this.posting.delete(entry.client_id);
    }
  }
}

/** @param {Sending} entry */
function frameOf({ client_id, conversation, text, session, model, replaces, wait, files = [], settings = {}, payers }) {
  const named = files.map((file) => file.id);
  if (payers) return { type: "compare", ref: client_id, client_id, conversation, text, payers, settings, attachments: named };
  const attachments = replaces ? null : named; // another wording keeps the files of the first
  return { type: "send", ref: client_id, client_id, conversation, text, session, model, replaces, wait, settings, attachments };
}
