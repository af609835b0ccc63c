// @ts-check
// Lines become blocks: CommonMark's algorithm, made for text that arrives in pieces of any size. A line is placed as soon
// as nothing that could follow would place it elsewhere; what comes after that only makes its block longer. So each
// character is looked at a bounded number of times, and pieces give what the whole gives.
import { el } from "../dom.js";
import { CodeBlock } from "./code_block.js";
import { open, rootOf } from "./containers.js";
import { Definitions } from "./definitions.js";
import { Formula } from "./formula.js";
import { Heading, Paragraph } from "./leaves.js";
import { isBlank } from "./lines.js";
import { outline } from "./outline.js";
import { CONTAINERS, planLine } from "./plan.js";
import { Table } from "./table.js";

/** @typedef {import("./starts.js").Start} Start */
/** @typedef {import("./leaves.js").Leaf} Leaf */

export class Blocks {
  /** @param {HTMLElement} root an empty element */
  constructor(root) {
    this.definitions = new Definitions();
    this.heading = outline();
    this.open = [rootOf(root)];
    /** @type {Leaf | null} */ this.leaf = null;
    this.line = ""; // so much of a line as is not placed yet
    this.placed = false;
    this.returned = false; // the last character was a carriage return
  }

  /** @param {string} text */
  write(text) {
    const fresh = this.returned && text[0] === "\n" ? text.slice(1) : text;
    this.returned = text.endsWith("\r");
    const lines = fresh.replaceAll("\0", "\ufffd").split(/\r\n?|\n/);
    const last = /** @type {string} */ (lines.pop());
    for (const line of lines) this.piece(line, true);
    if (last !== "") this.piece(last, false);
  }

  /** Shows what has come. */
  paint() {
    this.leaf?.paint();
  }

  /** The text is over. */
  end() {
    if (this.line !== "" || this.placed) this.piece("", true);
    this.closeTo(1);
    this.definitions.settle();
  }

  /** @param {string} text @param {boolean} complete the line ends with it */
  piece(text, complete) {
    if (this.placed) this.leaf?.more(text);
    else this.place(text, complete);
    if (!complete) return;
    this.leaf?.endLine?.();
    if (this.leaf instanceof Heading) this.closeLeaf();
    this.line = "";
    this.placed = false;
  }

  /** @param {string} text @param {boolean} complete */
  place(text, complete) {
    this.line += text;
    const plan = planLine(this, this.line, complete);
    if (!plan) return;
    this.carryOut(plan);
    this.placed = true;
  }

  /** @param {import("./plan.js").Plan} plan */
  carryOut({ depth, starts, rest, taken }) {
    if (taken) return this.give(taken);
    const blank = isBlank(rest);
    if (starts.length > 0) return this.begin(depth, starts);
    if (this.leaf instanceof Paragraph && !blank) return this.leaf.line(rest); // its containers may be left out
    if (this.leaf instanceof Table && !blank && depth === this.open.length) return this.leaf.line(rest);
    this.closeTo(depth);
    if (blank) for (const container of this.open.slice(Math.max(0, this.open.findLastIndex(({ quotes }) => quotes)))) container.blank = true;
    else this.paragraph(rest);
    return undefined;
  }

  /** @param {import("./leaves.js").Taken} taken */
  give(taken) {
    if (taken?.line !== undefined) this.leaf?.line(taken.line);
    if (taken?.closes) this.closeLeaf();
  }

  /** @param {number} depth @param {Start[]} starts */
  begin(depth, starts) {
    const last = starts[starts.length - 1];
    if (last.kind === "underline") return this.underline(last);
    if (last.kind === "table") /** @type {Paragraph} */ (this.leaf).dropLastLine();
    this.closeTo(depth);
    for (const start of starts) {
      if (CONTAINERS.has(start.kind)) this.open.push(open(this.open[this.open.length - 1], start, this.definitions));
      else this.leaf = this.leafOf(start);
    }
    this.settle();
    if (CONTAINERS.has(last.kind) && !isBlank(last.rest)) this.paragraph(last.rest);
    return undefined;
  }

  /** @param {Start} start @returns {Leaf | null} */
  leafOf(start) {
    const parent = this.open[this.open.length - 1];
    switch (start.kind) {
      case "heading": return new Heading(parent, this.heading(start.level ?? 1), start.rest, this.definitions);
      case "table": return new Table(parent, start, this.definitions);
      case "math": return new Formula(parent, start.marker ?? "", this.definitions);
      case "rule": return parent.append(el("hr")), null;
      default: return new CodeBlock(parent, start);
    }
  }

  /** @param {string} rest */
  paragraph(rest) {
    const paragraph = new Paragraph(this.open[this.open.length - 1], this.definitions);
    paragraph.line(rest);
    this.leaf = paragraph;
    this.settle();
  }

  /** Something stands in all that is open: blank lines before it have been counted. */
  settle() {
    for (const container of this.open) container.blank = false;
  }

  /** @param {Start} start */
  underline({ level = 1 }) {
    /** @type {Paragraph} */ (this.leaf).become(el(this.heading(level)));
    this.closeLeaf();
  }

  /** @param {number} depth the number of containers that stay */
  closeTo(depth) {
    this.closeLeaf();
    this.open.length = depth;
  }

  closeLeaf() {
    this.leaf?.close();
    this.leaf = null;
  }
}
