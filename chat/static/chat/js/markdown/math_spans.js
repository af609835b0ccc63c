// @ts-check
// Formulas inside text: $…$, $$…$$, \(…\) and \[…\]. A dollar opens one only where it cannot be money.
import { nextOf } from "./scan.js";

/** @typedef {import("./scan.js").State} State */
/** @typedef {{node: import("./nodes.js").Inline, end: number}} Found */

const LONGEST_INLINE = 1000; // characters between single dollars; a price list has more
const CLOSING = /(?<![\s\\$])\$(?![\p{L}\p{N}$])/gu;

/** @param {State} state @returns {Found | null} */
export function dollarAt(state) {
  const { text, at } = state;
  if (text[at + 1] === "$") return between(state, "$$", "$$", true);
  const before = text[at - 1] ?? "";
  if (/[\p{L}\p{N}$\\]/u.test(before) || !/\S/.test(text[at + 1] ?? "")) return null;
  const end = nextOf(places(state, "$", CLOSING), at + 2);
  const inside = text.slice(at + 1, Math.max(end, at + 1));
  if (end < 0 || inside.length > LONGEST_INLINE || inside.includes("\n\n")) return null;
  return { node: { kind: "math", text: inside }, end: end + 1 };
}

/** @param {State} state at a backslash before a bracket @returns {Found | null} */
export function escapedMathAt(state) {
  return state.text[state.at + 1] === "(" ? between(state, "\\(", "\\)", false) : between(state, "\\[", "\\]", true);
}

/** @param {State} state @param {string} opening @param {string} closing @param {boolean} display @returns {Found | null} */
function between(state, opening, closing, display) {
  const from = state.at + opening.length;
  const to = nextOf(places(state, closing, new RegExp(closing.replaceAll(/./g, "\\$&"), "g")), from);
  const inside = state.text.slice(from, to < 0 ? state.text.length : to);
  if (inside.trim() === "") return null;
  if (to < 0) return state.growing ? { node: { kind: "source", text: inside.trim(), display }, end: state.text.length } : null;
  return { node: { kind: "math", text: inside.trim(), display }, end: to + closing.length };
}

/** Where a formula could close; looked for once in a text. @param {State} state @param {string} what @param {RegExp} pattern */
function places({ text, ends }, what, pattern) {
  const known = ends.get(what) ?? [...text.matchAll(pattern)].map((found) => found.index);
  ends.set(what, known);
  return known;
}
