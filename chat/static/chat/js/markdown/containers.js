// @ts-check
// Blocks that hold blocks: the text itself, quotes, items of lists, footnotes. Each knows which lines go on in it, and
// where its children are put. A list is not a level of its own: it belongs to the block whose newest child it is.
import { el } from "../dom.js";
import { eat, indentOf, isBlank } from "./lines.js";

/** @typedef {import("./lines.js").Place} Place */
/** @typedef {import("./starts.js").Start} Start */
/** @typedef {{element: HTMLElement, marker: string, next: number}} List `next`: the number of its next item */

const CROWD = 64; // children after which a new section or list begins, so that a browser lays out only the newest ones again

export class Container {
  /** @param {HTMLElement} element @param {(place: Place, container: Container) => Place | null} continues what a line that goes on leaves, else null */
  constructor(element, continues) {
    this.element = element;
    this.section = element; // where the next child is put
    this.continues = continues;
    /** @type {List | null} */ this.list = null; // the list that its newest child is
    /** @type {List | null} */ this.within = null; // the list that it is an item of
    this.filled = false;
    this.blank = false; // the line before was
    this.quotes = false; // it is a quote, whose lines are never blank outside
  }

  /** @param {HTMLElement} child */
  append(child) {
    this.fill();
    this.list = null;
    if (this.section.childElementCount >= CROWD) this.section = this.element.appendChild(el("div", { class: "section" }));
    this.section.append(child);
  }

  fill() {
    if (this.blank && this.filled && this.within) loosen(this.within);
    this.filled = true;
  }

  /** The element of a new item. @param {Start} start */
  addItem({ marker = "", number }) {
    if (this.list?.marker !== marker) this.addList(marker, number, "");
    else if (this.blank) loosen(this.list);
    if (this.crowded) this.addList(marker, number && this.list?.next, `more ${this.list?.element.className}`);
    const list = /** @type {List} */ (this.list);
    list.next += 1;
    return list.element.appendChild(el("li"));
  }

  get crowded() {
    return (this.list?.element.childElementCount ?? 0) >= CROWD;
  }

  /** @param {string} marker @param {number | undefined} number @param {string} kind */
  addList(marker, number, kind) {
    const element = el(number === undefined ? "ul" : "ol", { class: kind || null });
    if (number !== undefined && number !== 1) element.setAttribute("start", String(number));
    this.append(element);
    this.list = { element, marker, next: number ?? 1 };
  }
}

/** @param {List} list its items are paragraphs with space between them */
function loosen({ element }) {
  element.classList.add("loose");
}

/** The text itself. @param {HTMLElement} root */
export function rootOf(root) {
  return new Container(root, (place) => place);
}

/** Opens the block that a line begins. @param {Container} parent @param {Start} start @param {import("./definitions.js").Definitions} definitions */
export function open(parent, start, definitions) {
  if (start.kind === "item") return item(parent, start);
  return start.kind === "quote" ? quote(parent) : footnote(parent, start, definitions);
}

/** @param {Container} parent */
function quote(parent) {
  const element = el("blockquote");
  parent.append(element);
  const container = new Container(element, (place) => {
    const after = eat(place, 3);
    if (after.rest[0] !== ">") return null;
    return eat({ rest: after.rest.slice(1), column: after.column + 1 }, 1);
  });
  container.quotes = true;
  return container;
}

/** @param {Container} parent @param {Start} start */
function item(parent, start) {
  const { indent = 0 } = start;
  const container = new Container(parent.addItem(start), (place, { filled }) => {
    if (isBlank(place.rest)) return filled ? place : null;
    return indentOf(place) >= indent ? eat(place, indent) : null;
  });
  container.within = parent.list;
  return container;
}

/** Shown where it stands. @param {Container} parent @param {Start} start @param {import("./definitions.js").Definitions} definitions */
function footnote(parent, { label = "" }, definitions) {
  const element = el("div", { class: "footnote", id: definitions.defineNote(label) || null, tabindex: "-1" }, el("span", { class: "label" }, label));
  const content = element.appendChild(el("div"));
  parent.append(element);
  return new Container(content, (place) => {
    if (isBlank(place.rest)) return place;
    return indentOf(place) >= 4 ? eat(place, 4) : null;
  });
}
