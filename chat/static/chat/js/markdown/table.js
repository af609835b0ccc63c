// @ts-check
// A table that grows row by row. It scrolls sideways in a frame of its own.
import { el } from "../dom.js";
import { gettext } from "../gettext.js";
import { Letters } from "./letters.js";
import { cellsOf } from "./table_rows.js";

/** @typedef {import("./leaves.js").Leaf} Leaf */

const ROWS_PER_ONE = 16; // so many rows on the page let one more wait
const LONGEST = 4096; // characters of a row that is shown while it grows

/** @implements {Leaf} */
export class Table {
  /**
   * @param {import("./containers.js").Container} parent
   * @param {import("./starts.js").Start} start
   * @param {import("./definitions.js").Definitions} definitions
   */
  constructor(parent, { header = "", align = [] }, definitions) {
    this.definitions = definitions;
    this.align = align;
    const element = el("table");
    parent.append(el("div", { class: "table", tabindex: "0", role: "group", "aria-label": gettext("Table") }, element));
    this.head = element.appendChild(el("thead"));
    this.body = el("tbody");
    this.table = element;
    this.shown = 0; // rows on the page
    /** @type {HTMLElement[]} */ this.held = []; // rows that wait for others
    this.line(header, this.head);
    this.endLine();
  }

  /** A row begins. @param {string} text @param {HTMLElement} [section] */
  line(text, section = this.body) {
    const row = el("tr");
    this.row = text;
    this.cells = this.align.map((side) => {
      const cell = row.appendChild(section === this.head ? el("th", { scope: "col" }) : el("td"));
      if (side) cell.classList.add(`to-${side}`);
      return new Letters(cell, this.definitions);
    });
    if (section === this.head) section.append(row);
    else this.hold(row);
  }

  /** The longer a table, the more rows at a time: each change lays out all of it again. @param {HTMLElement} row */
  hold(row) {
    this.held.push(row);
    if (this.held.length >= this.shown / ROWS_PER_ONE) this.release();
  }

  release() {
    if (this.held.length > 0 && !this.body.parentNode) this.table.append(this.body);
    this.body.append(...this.held);
    this.shown += this.held.length;
    this.held = [];
  }

  /** @param {string} text */
  more(text) {
    this.row += text;
  }

  /** @param {boolean} growing */
  show(growing) {
    if (this.row === undefined) return;
    const texts = cellsOf(this.row);
    this.cells?.forEach((letters, index) => {
      const text = texts[index] ?? "";
      if (!growing || text !== letters.text) letters.show(text, growing && index === texts.length - 1);
    });
  }

  endLine() {
    this.show(false);
    this.row = undefined;
  }

  paint() {
    if (this.held.length === 0 && (this.row?.length ?? 0) < LONGEST) this.show(true);
  }

  close() {
    this.release();
  }
}
