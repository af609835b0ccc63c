// @ts-check
// Finished sentences out of Markdown that arrives in pieces, as one would read them aloud: without marks, code only by its
// length. Pure.
import { gettext, ngettext } from "./gettext.js";

// A full stop ends a sentence when a space follows; the number of a list item is none.
const END = /(?<!^\s*\d{1,3})[.!?…。！？][)"'”’»\]]*(?=\s)|[:;]?\n/;
const FENCE = /^\s*(```|~~~)/;
const RULE = /^[\s|:*_=-]*$/; // lines of tables and thematic breaks have no words

/** @param {string} text a sentence in Markdown, or a line without a full stop */
function plain(text) {
  if (RULE.test(text)) return "";
  const words = text
    .replace(/^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+)+/, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\s*\|\s*/g, ", ")
    .replace(/[`*]|(?<!\w)_+|_+(?!\w)/g, "")
    .replace(/^[\s,]+|[\s,]+$/g, "")
    .replace(/\s+/g, " ");
  return /[\p{L}\p{N}]$/u.test(words) ? `${words}.` : words; // a heading has none, and would run into what follows
}

export class Sentences {
  constructor() {
    this.buffer = "";
    this.codeLines = -1; // inside a block of code: how many it has so far
  }

  /** @param {string} text a piece of the answer @returns {string[]} the sentences that it ended */
  feed(text) {
    this.buffer += text;
    const found = [];
    for (let piece = this.next(); piece !== null; piece = this.next()) found.push(this.read(piece));
    return found.filter(Boolean);
  }

  /** What is left when the answer is over. @returns {string[]} */
  rest() {
    const last = this.codeLines >= 0 ? this.code() : plain(this.buffer);
    this.buffer = "";
    this.codeLines = -1;
    return last ? [last] : [];
  }

  /** Cuts the next finished piece off the buffer. @returns {string | null} */
  next() {
    const isCode = this.codeLines >= 0 || FENCE.test(this.buffer);
    const end = isCode ? /\n/.exec(this.buffer) : END.exec(this.buffer);
    if (!end) return null;
    const piece = this.buffer.slice(0, end.index + end[0].length);
    this.buffer = this.buffer.slice(piece.length);
    return piece;
  }

  /** @param {string} piece a sentence or a line */
  read(piece) {
    const isFence = FENCE.test(piece);
    if (this.codeLines < 0 && !isFence) return plain(piece);
    const words = isFence && this.codeLines >= 0 ? this.code() : "";
    if (isFence) this.codeLines = words ? -1 : 0;
    else this.codeLines += 1;
    return words;
  }

  code() {
    return this.codeLines === 1 ? gettext("One line of code.") : ngettext("%(count)s line of code.", "%(count)s lines of code.", this.codeLines);
  }
}
