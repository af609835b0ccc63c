// @ts-check
// An answer given whole: when its last piece is there, it takes the place of what the page shows, before anything is drawn.
import { startAfter } from "./cursor.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").Frame} Frame */

/** @type {WeakMap<Answer, import("./types.js").AnswerEvent[]>} the pieces so far of answers of which more is to come */
const arriving = new WeakMap();

/** A new `attach` was answered: its pieces come from the start. @param {Answer} answer */
export function forgetPieces(answer) {
  arriving.delete(answer);
}

/** @param {Answer} answer @param {Frame} frame */
export function takeWhole(answer, frame) {
  const events = [...(arriving.get(answer) ?? []), ...frame.events];
  arriving.set(answer, events);
  if (frame.more) return;
  forgetPieces(answer);
  answer.clear();
  for (const event of events) answer.apply(event);
  answer.cursor = startAfter(frame.seq);
}
