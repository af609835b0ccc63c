// @ts-check
// Text inside one element: shown again whenever it has grown. A long text is cut into pieces that are done for good, each in
// a box of its own, so that neither reading nor laying out the newest letters ever costs more than one piece.
import { el } from "../dom.js";
import { parseInline } from "./inline.js";
import { patch } from "./nodes.js";

/** @typedef {import("./definitions.js").Definitions} Definitions */

const PIECE = 4096; // characters; a cut at the next blank, or without one at twice as many

export class Letters {
  /** @param {HTMLElement} host @param {Definitions} definitions */
  constructor(host, definitions) {
    this.host = host;
    this.definitions = definitions;
    this.text = "";
    /** @type {import("./nodes.js").Inline[]} */ this.shown = [];
  }

  /** @param {string} text @param {boolean} growing */
  show(text, growing) {
    const { definitions } = this;
    definitions.missed = false;
    const nodes = parseInline(text, definitions, growing);
    patch(this.host, this.shown, nodes);
    this.shown = nodes;
    this.text = text;
    if (definitions.missed && !growing) definitions.askers.add(this);
  }

  /** Looks again for what it asked for in vain. */
  again() {
    this.show(this.text, false);
  }
}

/** The text of a block, of any length. */
export class LongText {
  /** @param {HTMLElement} element where it begins @param {Definitions} definitions */
  constructor(element, definitions) {
    this.element = element;
    this.definitions = definitions;
    this.letters = new Letters(element, definitions);
    this.text = ""; // of the piece that is not done
    this.first = true; // that is the first one
  }

  /** @param {string} text */
  more(text) {
    this.text += text;
    for (let cut = cutOf(this.text); cut >= 0; cut = cutOf(this.text)) {
      const rest = this.text.slice(cut);
      this.show(this.text.slice(0, cut), false);
      const box = el("p", { class: "more" });
      this.letters.host.after(box);
      this.moveInto(box);
      this.text = rest;
      this.first = false;
    }
  }

  paint() {
    // What may yet pair is held back for a moment.
    this.show(this.text.replace(/[*_~`\\$[]+$/, ""), true);
  }

  /** @param {string} text @param {boolean} growing */
  show(text, growing) {
    const prepared = this.first ? this.prepare(text, growing) : text;
    this.letters.show(growing ? prepared : prepared.trimEnd(), growing);
  }

  /** What the first piece shows. @param {string} text @param {boolean} _growing @returns {string} */
  prepare(text, _growing) {
    return text;
  }

  /** What follows is put there. @param {HTMLElement} host */
  moveInto(host) {
    this.letters = new Letters(host, this.definitions);
  }

  /** It turns out to be a heading. @param {HTMLElement} element */
  become(element) {
    element.append(...this.element.childNodes);
    if (this.letters.host === this.element) this.letters.host = element;
    this.element.replaceWith(element);
    this.element = element;
  }

  /** Its last line turns out to be the head of a table. */
  dropLastLine() {
    this.text = this.text.slice(0, Math.max(0, this.text.lastIndexOf("\n")));
  }

  close() {
    this.show(this.text, false);
  }
}

/** Where a text that is too long is cut, -1 if it is not, or not yet. @param {string} text */
function cutOf(text) {
  if (text.length <= PIECE) return -1;
  const blank = text.slice(PIECE, 2 * PIECE).search(/\s/);
  if (blank >= 0) return PIECE + blank + 1;
  return text.length > 2 * PIECE ? 2 * PIECE : -1;
}
