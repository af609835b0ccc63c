// @ts-check
// Folded blocks of an answer that are not text: tools it asked for, searches and other results, in the words that the
// provider's side found for them.
import { el, icon } from "./dom.js";
import { gettext } from "./gettext.js";
import { pointTo } from "./markdown/links.js";

/** @typedef {{title: string, detail?: string, text?: string, sources?: import("./sources.js").Source[], is_error?: boolean}} Shown
 *   text from outside */

export class Blocks {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<number, HTMLElement>} by the block's place in the answer */ this.open = new Map();
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (root.querySelectorAll("a[data-url]"))) pointTo(link, link.dataset.url ?? "");
  }

  /** @param {number} index @param {string} text */
  grow(index, text) {
    this.open.get(index)?.querySelector("pre")?.append(text);
  }

  /** A new block, or what it has become. @param {number} index @param {Shown} shown */
  put(index, shown) {
    const block = blockOf(shown);
    const before = this.open.get(index);
    if (before instanceof HTMLDetailsElement && block instanceof HTMLDetailsElement) block.open = before.open;
    if (before) before.replaceWith(block);
    else this.root.append(block);
    this.open.set(index, block);
  }
}

/** @param {import("./types.js").AnswerEvent} event a block, or a tool of ours that is asked for, with its input or before
 * @returns {Shown} */
export function wordsOf({ type, name, input, shown, block }) {
  if (type === "block") return shown ?? { title: String(block?.type ?? gettext("Block")), text: JSON.stringify(block, null, 2) };
  return { title: gettext("Asked for the tool %(name)s", { name }), text: type === "tool_use_ready" ? JSON.stringify(input, null, 2) : " " };
}

/** The same markup as in templates/chat/_block.html. @param {Shown} shown */
function blockOf({ title, detail, text, sources = [], is_error }) {
  const words = [el("span", {}, title), detail ? el("span", { class: "block-detail" }, detail) : null];
  const kind = `block${is_error ? " bad" : ""}`;
  if (!text && !sources.length) return el("p", { class: kind }, icon("dot"), ...words);
  return el(
    "details", { class: kind }, el("summary", {}, icon("right"), ...words),
    sources.length ? el("ol", { class: "found" }, ...sources.map((source) => el("li", {}, linkTo(source)))) : null,
    text ? el("pre", { tabindex: "0" }, text) : null,
  );
}

/** @param {import("./sources.js").Source} source */
function linkTo({ title, url }) {
  const link = el("a", {}, title || url || "");
  return url && pointTo(link, url) ? link : el("span", {}, title || url || "");
}
