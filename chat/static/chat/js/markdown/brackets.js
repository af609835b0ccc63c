// @ts-check
// Links, pictures and footnote marks: what follows a bracket decides what it is. A bracket that is nothing stays text.
import { emphasize } from "./emphasis.js";
import { plain } from "./entities.js";
import { push } from "./scan.js";

/** @typedef {import("./scan.js").State} State */
/** @typedef {import("./nodes.js").Inline} Inline */

const DEEPEST = 32; // brackets open at once; more stay text
// (address "title"), with up to two levels of brackets in the address, lengths bounded because each bracket may try it.
const TARGET = /\(\s{0,100}(?:<((?:[^<>\n\\]|\\.){0,2000})>|((?!<)(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,1000}\)){0,1000}\)){0,2000}))(?:\s{1,100}(?:"(?:[^"\\]|\\.){0,1000}"|'(?:[^'\\]|\\.){0,1000}'|\((?:[^()\\]|\\.){0,1000}\)))?\s{0,100}\)/y;
const LABEL = /\[((?:[^[\]\\]|\\.){0,999})\]/y;
const NOTE = /\[\^([^\]\s[]{1,64})\]/y;

/** @param {State} state at "[" or "![" @param {boolean} image */
export function openBracket(state, image) {
  const note = image ? null : noteAt(state);
  if (note) {
    push(state, note.node);
    state.at = note.end;
    return;
  }
  const from = state.at + (image ? 2 : 1);
  if (state.frames.length < DEEPEST) state.frames.push({ kids: [], from, image, active: true });
  else push(state, image ? "![" : "[");
  state.at = from;
}

/** @param {State} state @returns {{node: Inline, end: number} | null} */
function noteAt({ text, at, definitions }) {
  NOTE.lastIndex = at;
  const found = NOTE.exec(text);
  const href = found && definitions.note(found[1]);
  return href ? { node: { kind: "note", text: found[1], href }, end: NOTE.lastIndex } : null;
}

/** @param {State} state at "]" */
export function closeBracket(state) {
  const frame = state.frames[state.frames.length - 1];
  const target = state.frames.length > 1 && frame.active ? targetOf(state, frame.from) : null;
  if (!target) {
    if (state.frames.length > 1) giveUp(state);
    push(state, "]");
    state.at += 1;
    return;
  }
  state.frames.pop();
  const kids = emphasize(frame.kids, false);
  push(state, frame.image ? { kind: "picture", href: target.href, text: lettersOf(kids) } : { kind: "link", href: target.href, kids });
  if (!frame.image) for (const outer of state.frames) outer.active = outer.image; // no link inside a link
  state.at = target.end;
}

/** The innermost bracket is only a bracket. @param {State} state */
export function giveUp(state) {
  const frame = /** @type {import("./scan.js").Frame} */ (state.frames.pop());
  push(state, frame.image ? "![" : "[");
  for (const kid of frame.kids) push(state, kid);
}

/** Where a link leads whose text ends here. @param {State} state @param {number} from @returns {{href: string, end: number} | null} */
function targetOf(state, from) {
  const { text, at, definitions } = state;
  TARGET.lastIndex = at + 1;
  const direct = TARGET.exec(text);
  if (direct) return { href: plain(direct[1] ?? direct[2] ?? ""), end: TARGET.lastIndex };
  if (state.growing && text[at + 1] === "(" && !/[\s)]/.test(text.slice(at + 2))) return { href: "", end: text.length }; // its address is still coming
  LABEL.lastIndex = at + 1;
  const label = LABEL.exec(text);
  const href = definitions.link(label?.[1].trim() ? label[1] : text.slice(from, at));
  return href === undefined ? null : { href, end: label ? LABEL.lastIndex : at + 1 };
}

/** @param {Inline[]} nodes @returns {string} the text without any form */
function lettersOf(nodes) {
  return nodes.map((node) => (typeof node === "string" ? node : node.text ?? lettersOf(node.kids ?? []))).join("");
}
