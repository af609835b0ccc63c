// @ts-check
// How far this page has come in the event log of one answer. Pure: the same rule as the server's readers follow.
// A text row may still grow, so its pieces carry the row's `seq` and their offset `at` in UTF-16 units.

/** @typedef {import("./types.js").EventFrame} EventFrame */
/** @typedef {import("./types.js").AnswerEvent} AnswerEvent */
/** @typedef {{seq: number, offset: number, open: boolean}} Cursor `offset`: units of row `seq` taken; `open`: the row may grow */

/** @type {Record<string, string>} */
const TEXT_FIELDS = { text_delta: "text", thinking_delta: "text", tool_input_delta: "partial_json" };

/** @param {number} seq everything up to this row is known @returns {Cursor} */
export function startAfter(seq) {
  return { seq, offset: Infinity, open: false };
}

/** The row after which to ask again. @param {Cursor} cursor */
export function lastComplete(cursor) {
  return cursor.open ? cursor.seq - 1 : cursor.seq;
}

/**
 * Moves the cursor over a frame and says what of it is new.
 * @param {Cursor} cursor
 * @param {Pick<EventFrame, "seq" | "at" | "event">} frame
 * @returns {AnswerEvent | "nothing" | "gap"}
 */
export function take(cursor, frame) {
  if (frame.seq < cursor.seq) return "nothing";
  if (frame.seq === cursor.seq) return takeMore(cursor, frame);
  if (frame.seq !== cursor.seq + 1 || frame.at !== 0) return "gap";
  const field = TEXT_FIELDS[frame.event.type];
  cursor.seq = frame.seq;
  cursor.open = field !== undefined;
  cursor.offset = field === undefined ? Infinity : frame.event[field].length;
  return frame.event;
}

/** @param {Cursor} cursor @param {Pick<EventFrame, "seq" | "at" | "event">} frame */
function takeMore(cursor, frame) {
  const field = TEXT_FIELDS[frame.event.type];
  if (field === undefined || cursor.offset === Infinity) return "nothing";
  if (frame.at > cursor.offset) return "gap";
  const text = frame.event[field].slice(cursor.offset - frame.at);
  if (text === "") return "nothing";
  cursor.offset += text.length;
  return { ...frame.event, [field]: text };
}
