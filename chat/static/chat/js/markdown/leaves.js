// @ts-check
// Blocks that hold text: paragraphs and headings. `line` begins a line of the source, `more` goes on with it, `paint`
// shows what has come, `close` is the end.
import { el } from "../dom.js";
import { gettext } from "../gettext.js";
import { LongText } from "./letters.js";

/** @typedef {import("./lines.js").Place} Place */
/** @typedef {{line?: string, closes?: boolean}} Taken what a block takes of a line, and whether it ends there */
/** @typedef {{line: (text: string) => void, more: (text: string) => void, endLine?: () => void, paint: () => void, close: () => void,
 *   take?: (place: Place, complete: boolean) => Taken | "maybe" | null}} Leaf `take`: null where the line is not its */
/** @typedef {import("./definitions.js").Definitions} Definitions */

const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

/** @implements {Leaf} */
export class Paragraph extends LongText {
  /** @param {import("./containers.js").Container} parent @param {Definitions} definitions */
  constructor(parent, definitions) {
    const mayBeTask = parent.within !== null && !parent.filled;
    super(el("p"), definitions);
    this.mayBeTask = mayBeTask;
    parent.append(this.element);
  }

  /** @param {string} text */
  line(text) {
    this.more((this.text === "" ? "" : "\n") + text.trimStart());
  }

  paint() {
    if (!(this.mayBeTask && /^\[(?:[ xX]\]?)?$/.test(this.text))) super.paint(); // it will be clear in a moment
  }

  /** @param {string} text @param {boolean} growing @returns {string} without definitions, and without the box of a task */
  prepare(text, growing) {
    const rest = growing ? text : this.definitions.take(text);
    const found = this.mayBeTask ? TASK.exec(rest) : null;
    if (!found) return rest;
    if (this.letters.host === this.element) {
      this.element.replaceChildren(el("input", { type: "checkbox", disabled: true, checked: found[1] !== " ", "aria-label": gettext("Task") }));
      this.moveInto(this.element.appendChild(el("span")));
    }
    return rest.slice(found[0].length);
  }

  close() {
    super.close();
    if (!this.letters.host.hasChildNodes()) this.letters.host.remove();
  }
}

/** @implements {Leaf} */
export class Heading extends LongText {
  /** @param {import("./containers.js").Container} parent @param {"h3" | "h4" | "h5" | "h6"} tag @param {string} text @param {Definitions} definitions */
  constructor(parent, tag, text, definitions) {
    super(el(tag), definitions);
    parent.append(this.element);
    this.more(text);
  }

  line() {}

  /** @param {string} text @param {boolean} growing @returns {string} without the marks that may close it */
  prepare(text, growing) {
    return growing ? text.trim() : text.trim().replace(/(?:^|[ \t]+)#+$/, "");
  }
}
