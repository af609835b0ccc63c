// @ts-check
// The numbered list of sources under an answer, and the way from a mark to its source and back.
import { el, iconButton, part } from "./dom.js";
import { gettext } from "./gettext.js";
import { pointTo } from "./markdown/links.js";

/** @typedef {{title?: string, url?: string, passage?: string}} Source text from outside */

const HREF = "#source-";

export class Sources {
  /** @param {HTMLElement} answer */
  constructor(answer) {
    this.answer = answer;
    this.box = /** @type {HTMLElement} */ (part(answer, "sources"));
    this.list = /** @type {HTMLElement} */ (part(answer, "source-list"));
    /** @type {Source[]} in the order of their numbers */ this.all = [];
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll("li"))) {
      const { title, url, passage } = item.dataset;
      this.all.push({ title, url, passage });
      fill(item, { title, url, passage });
    }
    answer.addEventListener("click", (event) => this.click(event));
  }

  /** @param {Source} source @returns {number} the same for the same source */
  number(source) {
    const known = this.all.findIndex((other) => keyOf(other) === keyOf(source));
    if (known >= 0) return known + 1;
    this.all.push(source);
    this.list.append(fill(el("li", { tabindex: "-1" }), source));
    this.box.hidden = false;
    return this.all.length;
  }

  /** The answer comes again from its start. */
  clear() {
    this.all = [];
    this.list.replaceChildren();
    this.box.hidden = true;
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const mark = target.closest(`a[href^="${HREF}"]`);
    const back = target.closest("[data-act=back-to-text]");
    if (!mark && !back) return;
    event.preventDefault();
    const item = mark ? this.list.children[Number(mark.getAttribute("href")?.slice(HREF.length)) - 1] : back?.closest("li");
    const number = [...this.list.children].indexOf(/** @type {Element} */ (item)) + 1;
    const to = mark ? item : part(this.answer, "text")?.querySelector(`a[href="${HREF}${number}"]`);
    if (!(to instanceof HTMLElement)) return;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
  }
}

/** Two of the same page are one source; two passages of a text without a name are two. @param {Source} source */
const keyOf = ({ title = "", url = "", passage = "" }) => `${url}\n${url || title ? title : passage}`;

/** @param {HTMLElement} item @param {Source} source */
function fill(item, { title, url, passage }) {
  const name = el("a", {}, title || url || gettext("A document"));
  const address = url ? pointTo(name, url) : null;
  const back = iconButton("up", gettext("Back to the text"), { "data-act": "back-to-text" });
  item.replaceChildren(
    address ? name : el("span", {}, title || url || gettext("A document")), " ",
    el("small", {}, address ? address.host : ""), back, passage ? el("q", {}, passage) : "",
  );
  return item;
}
