// @ts-check
// A formula between lines of `$$`, or `\\[` and `\\]`: shown as its source until it is complete.
import { el } from "../dom.js";
import { Paragraph } from "./leaves.js";
import { patch } from "./nodes.js";

/** @typedef {import("./leaves.js").Leaf} Leaf */

/** @implements {Leaf} */
export class Formula {
  /** @param {import("./containers.js").Container} parent @param {string} marker @param {import("./definitions.js").Definitions} definitions */
  constructor(parent, marker, definitions) {
    this.parent = parent;
    this.marker = marker;
    this.definitions = definitions;
    this.closing = marker === "$$" ? "$$" : "\\]";
    this.element = el("div");
    parent.append(this.element);
    /** @type {string[]} */ this.lines = [];
    /** @type {import("./nodes.js").Inline[]} */ this.shown = [];
  }

  /** @param {import("./lines.js").Place} place @param {boolean} complete @returns {import("./leaves.js").Taken | "maybe" | null} */
  take({ rest }, complete) {
    if (rest.trim() === "") return null; // TeX allows no blank line in it either
    return complete ? { line: rest, closes: rest.trimEnd().endsWith(this.closing) } : "maybe";
  }

  /** @param {string} text */
  line(text) {
    this.lines.push(text.trimEnd());
  }

  more() {}

  paint() {
    this.show("source", this.lines.join("\n"));
  }

  /** @param {string} kind @param {string} text */
  show(kind, text) {
    const nodes = [{ kind, text: text.trim(), display: true }];
    patch(this.element, this.shown, nodes);
    this.shown = nodes;
  }

  close() {
    const text = this.lines.join("\n");
    if (text.endsWith(this.closing)) return this.show("math", text.slice(0, -this.closing.length));
    const paragraph = new Paragraph(this.parent, this.definitions); // it was none
    this.element.replaceWith(paragraph.element);
    for (const line of [this.marker, ...this.lines]) paragraph.line(line);
    return paragraph.close();
  }
}
