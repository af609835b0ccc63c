// @ts-check
// A block of code, fenced or indented: its language, buttons that wrap and copy it, colours once it is complete. Lines are
// put into groups, so that a browser lays out only the newest group again while a long block grows.
import { copyText } from "../copy.js";
import { el, icon } from "../dom.js";
import { gettext } from "../gettext.js";
import { highlight } from "../highlight.js";
import { plain } from "./entities.js";
import { eat, indentOf, isBlank } from "./lines.js";
import { wrapButton } from "./wrap.js";

const GROUP = 50; // lines

/** @typedef {import("./leaves.js").Leaf} Leaf */

/** @implements {Leaf} */
export class CodeBlock {
  /** @param {import("./containers.js").Container} parent @param {import("./starts.js").Start} start */
  constructor(parent, { kind, marker = "", info = "", indent = 0, rest }) {
    this.fenced = kind === "fence";
    this.marker = marker;
    this.indent = indent;
    this.language = plain(info).split(/\s+/)[0].toLowerCase();
    this.code = el("code");
    this.source = ""; // that is shown
    this.waiting = "";
    this.begun = false;
    this.blanks = ""; // lines that only count when more follows
    this.group = el("span");
    this.room = 0; // lines that the group still takes
    parent.append(this.frame());
    if (!this.fenced) this.line(rest);
  }

  frame() {
    const copy = el("button", { class: "btn ghost small", type: "button" }, icon("copy"), el("span", { "data-label": true }, gettext("Copy")));
    copy.addEventListener("click", () => copyText(copy, this.source + this.waiting));
    const label = el("span", {}, this.language || gettext("text"));
    return el("div", { class: "code" }, el("header", {}, label, wrapButton(), copy), el("pre", { tabindex: "0" }, this.code));
  }

  /** @param {import("./lines.js").Place} place @param {boolean} complete @returns {import("./leaves.js").Taken | "maybe" | null} */
  take(place, complete) {
    if (this.fenced) return this.takeFenced(place, complete);
    if (isBlank(place.rest)) return { line: eat(place, 4).rest };
    return indentOf(place) >= 4 ? { line: eat(place, 4).rest } : null;
  }

  /** @param {import("./lines.js").Place} place @param {boolean} complete */
  takeFenced(place, complete) {
    const text = place.rest.trim();
    const closing = indentOf(place) < 4 && text !== "" && text.length < 1000 && text === this.marker[0].repeat(text.length);
    if (closing && !complete) return "maybe";
    if (closing && text.length >= this.marker.length) return { closes: true };
    return { line: eat(place, Math.min(this.indent, indentOf(place))).rest };
  }

  /** @param {string} text */
  line(text) {
    const line = this.begun ? `\n${text}` : text;
    this.begun = true;
    if (!this.fenced && isBlank(text)) this.blanks += line;
    else {
      this.waiting += this.blanks + line;
      this.blanks = "";
    }
  }

  /** @param {string} text */
  more(text) {
    this.waiting += text;
  }

  paint() {
    if (this.waiting === "") return;
    this.source += this.waiting;
    const lines = this.waiting.split(/(?<=\n)/);
    this.waiting = "";
    while (lines.length > 0) {
      if (this.room === 0) this.group = this.code.appendChild(el("span", { class: "lines" }, new Text()));
      this.room ||= GROUP;
      const some = lines.splice(0, this.room);
      /** @type {Text} */ (this.group.firstChild).appendData(some.join(""));
      this.room -= some.filter((line) => line.endsWith("\n")).length;
    }
  }

  close() {
    this.paint();
    highlight(this.code, this.language);
  }
}
