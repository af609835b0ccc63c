// @ts-check
// The text of a paragraph, heading or cell, as GFM reads it, in one pass. Raw HTML stays text; only a few tags without
// attributes mean something. Pure: text in, plain values out.
import { angledAt, bareAt, withMail } from "./addresses.js";
import { closeBracket, giveUp, openBracket } from "./brackets.js";
import { citedAt, OPEN } from "./cites.js";
import { emphasize, runAt } from "./emphasis.js";
import { referenceAt } from "./entities.js";
import { dollarAt, escapedMathAt } from "./math_spans.js";
import { nextOf, push, take } from "./scan.js";

/** @typedef {import("./nodes.js").Inline} Inline */
/** @typedef {import("./scan.js").State} State */

const SPECIAL = /[\\`*_~[\]!<&$\n\ue200]|(?<![a-z0-9])(?:https?:\/\/|www\.)/gi;
const TAG = /<(sub|sup|kbd|mark|u|s|b|i|strong|em)>([^<\n]{1,500})<\/\1>|<(br) ?\/?>/iy;
/** @type {Record<string, string>} */
const MEANT = { b: "strong", i: "em" };
const TICKS = /`+/g;

/** @type {Record<string, (state: State) => void>} */
const ACTS = {
  "\\": backslash, "`": codeSpan, "*": run, _: run, "~": run, "[": bracket, "]": closeBracket, "!": exclamation, "<": angle, "&": reference,
  $: (state) => take(state, dollarAt(state)), [OPEN]: (state) => take(state, citedAt(state)), "\n": lineBreak, h: bare, H: bare, w: bare, W: bare,
};

/**
 * @param {string} text
 * @param {import("./definitions.js").Definitions} definitions
 * @param {boolean} growing more of it is to come: what is not closed yet is shown as if it closed at the end
 * @returns {Inline[]}
 */
export function parseInline(text, definitions, growing) {
  /** @type {State} */
  const state = { text, at: 0, growing, definitions, frames: [{ kids: [], from: 0, image: false, active: true }], ends: new Map() };
  for (;;) {
    SPECIAL.lastIndex = state.at;
    const found = SPECIAL.exec(text);
    const end = found ? found.index : text.length;
    if (end > state.at) withMail(text.slice(state.at, end)).forEach((piece) => push(state, piece));
    if (!found) break;
    state.at = end;
    ACTS[found[0][0]](state);
  }
  while (state.frames.length > 1) giveUp(state);
  return emphasize(state.frames[0].kids, growing);
}

/** @param {State} state */
function backslash(state) {
  const next = state.text[state.at + 1] ?? "";
  const math = next === "(" || next === "[" ? escapedMathAt(state) : null;
  if (math) return take(state, math);
  if (next === "\n") return void (state.at += 1); // the line break itself follows
  const escapes = /^[!-/:-@[-`{-~]$/.test(next);
  return take(state, escapes ? { node: next, end: state.at + 2 } : null);
}

/** @param {State} state */
function lineBreak(state) {
  const { kids } = state.frames[state.frames.length - 1];
  const last = kids.length - 1;
  if (typeof kids[last] === "string") kids[last] = /** @type {string} */ (kids[last]).replace(/[ \t]+$/, "");
  take(state, { node: { kind: "br" }, end: state.at + 1 });
  while (state.text[state.at] === " " || state.text[state.at] === "\t") state.at += 1;
}

/** @param {State} state */
function codeSpan(state) {
  const { text, at } = state;
  TICKS.lastIndex = at;
  const ticks = /** @type {RegExpExecArray} */ (TICKS.exec(text))[0];
  const from = at + ticks.length;
  const to = nextEnd(state, ticks, from);
  if (to < 0 && !(state.growing && ticks.length === 1 && from < text.length)) return take(state, { node: ticks, end: from });
  const inside = text.slice(from, to < 0 ? text.length : to).replaceAll("\n", " ");
  const padded = inside.startsWith(" ") && inside.endsWith(" ") && inside.trim() !== "";
  return take(state, { node: { kind: "code", text: padded ? inside.slice(1, -1) : inside }, end: to < 0 ? text.length : to + ticks.length });
}

/** The next run of exactly these backticks; all are looked for once. @param {State} state @param {string} ticks @param {number} from */
function nextEnd({ text, ends }, ticks, from) {
  if (!ends.has("ticks")) {
    ends.set("ticks", []);
    for (const { 0: one, index } of text.matchAll(TICKS)) ends.get(one)?.push(index) ?? ends.set(one, [index]);
  }
  return nextOf(ends.get(ticks) ?? [], from);
}

/** @param {State} state */
function run(state) {
  const found = runAt(state.text, state.at);
  take(state, { node: found, end: state.at + found.count });
}

/** @param {State} state */
function bracket(state) {
  openBracket(state, false);
}

/** @param {State} state */
function exclamation(state) {
  if (state.text[state.at + 1] === "[") openBracket(state, true);
  else take(state, null);
}

/** @param {State} state */
function angle(state) {
  TAG.lastIndex = state.at;
  const tag = TAG.exec(state.text);
  if (!tag) return take(state, angledAt(state.text, state.at));
  const kind = (tag[1] ?? tag[3]).toLowerCase();
  return take(state, { node: tag[3] ? { kind } : { kind: MEANT[kind] ?? kind, kids: [tag[2]] }, end: TAG.lastIndex });
}

/** @param {State} state */
function reference(state) {
  const found = referenceAt(state.text, state.at);
  take(state, found && { node: found.text, end: found.end });
}

/** @param {State} state */
function bare(state) {
  take(state, bareAt(state.text, state.at));
}
