// @ts-check
// Keeps running answers attached to their event logs: asks where it left off, notices gaps, asks again.
import { lastComplete, take } from "./cursor.js";
import { forgetPieces, takeWhole } from "./whole.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").EventFrame} EventFrame */
/** @typedef {import("./types.js").Frame} Frame */

export class Followings {
  /** @param {(frame: Record<string, unknown>) => boolean} send */
  constructor(send) {
    this.send = send;
  }

  /** Asks for everything after what the answer has. @param {Answer} answer */
  attach(answer) {
    if (!answer.generation) return;
    answer.waitingForSnapshot = true;
    this.send({ type: "attach", ref: `attach:${answer.generation}`, generation: answer.generation, after_seq: lastComplete(answer.cursor) });
  }

  /** What follows is in order again. @param {Answer} answer */
  snapshot(answer) {
    answer.waitingForSnapshot = false;
    forgetPieces(answer);
  }

  /** @param {Answer} answer @param {Frame} frame an `event` or a `whole` */
  event(answer, frame) {
    if (answer.waitingForSnapshot) return; // from before the snapshot; it comes again after it
    if (frame.type === "whole") return takeWhole(answer, frame);
    const fresh = take(answer.cursor, /** @type {EventFrame} */ (frame));
    if (fresh === "gap") this.attach(answer);
    else if (fresh !== "nothing") answer.apply(fresh);
  }
}
