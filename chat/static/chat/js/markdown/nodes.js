// @ts-check
// What stands inside a line of text, as plain values, and the elements made of it. A paragraph that grows is compared
// with what it was, so that a selection in it, its links and its formulas stay.
import { el } from "../dom.js";
import { gettext, woven } from "../gettext.js";
import { pointTo } from "./links.js";
import { typeset } from "./math.js";

/**
 * @typedef {{kind: string, kids?: Inline[], text?: string, href?: string, display?: boolean}} InlineElement
 *   `kids`: what is inside; `text`: what is shown as it is; `display`: a formula on a line of its own
 * @typedef {string | InlineElement} Inline
 */

/** @type {Record<string, (node: InlineElement) => HTMLElement>} */
const SPECIAL = {
  link, picture, note, cite,
  code: ({ text }) => el("code", {}, text),
  math: ({ text = "", display = false }) => typeset(source(text, display), text, display),
  source: ({ text = "", display = false }) => source(text, display),
};
const PLAIN = new Set(["em", "strong", "s", "u", "sub", "sup", "kbd", "mark", "br"]);
const OPAQUE = new Set(["picture", "note", "cite", "code", "math", "source"]); // made at once, not compared inside

/** @param {Inline} node @returns {Node} */
function make(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const element = SPECIAL[node.kind]?.(node) ?? el(PLAIN.has(node.kind) ? /** @type {"em"} */ (node.kind) : "span");
  if (!OPAQUE.has(node.kind)) for (const kid of node.kids ?? []) element.append(make(kid));
  return element;
}

/** @param {InlineElement} node */
function link({ href = "" }) {
  const anchor = el("a");
  pointTo(anchor, href);
  return anchor;
}

/** Never loaded: a link that names its host. @param {InlineElement} node */
function picture({ href = "", text = "" }) {
  const anchor = el("a", { class: "picture" }, ...woven(gettext("image: %(words)s"), { words: el("span", {}, text) }));
  const url = pointTo(anchor, href);
  if (url) anchor.append(` (${url.host || url.protocol})`);
  return anchor;
}

/** A footnote's mark. @param {InlineElement} node */
function note({ href = "", text = "" }) {
  return el("sup", { class: "note" }, el("a", { href }, text));
}

/** The mark of a source. @param {InlineElement} node */
function cite({ href = "", text = "" }) {
  return el("sup", { class: "cite" }, el("a", { href, "aria-label": gettext("Source %(number)s", { number: text }) }, text));
}

/** @param {string} text @param {boolean} display */
function source(text, display) {
  return el("span", { class: display ? "math display" : "math" }, el("code", {}, text));
}

/**
 * Brings the first `before.length` children of `parent` to what `after` says.
 * @param {Element} parent @param {Inline[]} before @param {Inline[]} after
 */
export function patch(parent, before, after) {
  const shared = Math.min(before.length, after.length);
  let child = parent.firstChild;
  for (let index = 0; index < shared; index += 1) {
    const next = /** @type {ChildNode} */ (child).nextSibling;
    patchOne(/** @type {ChildNode} */ (child), before[index], after[index]);
    child = next;
  }
  for (let index = shared; index < before.length; index += 1) {
    const next = /** @type {ChildNode} */ (child).nextSibling;
    /** @type {ChildNode} */ (child).remove();
    child = next;
  }
  for (let index = shared; index < after.length; index += 1) parent.insertBefore(make(after[index]), child);
}

/** @param {ChildNode} child @param {Inline} before @param {Inline} after */
function patchOne(child, before, after) {
  if (typeof before === "string" && typeof after === "string") return rewrite(/** @type {Text} */ (child), before, after);
  if (typeof before === "string" || typeof after === "string" || !alike(before, after)) return child.replaceWith(make(after));
  if (!OPAQUE.has(after.kind)) patch(/** @type {Element} */ (child), before.kids ?? [], after.kids ?? []);
  return undefined;
}

/** @param {InlineElement} one @param {InlineElement} other */
function alike(one, other) {
  return one.kind === other.kind && one.text === other.text && one.href === other.href && one.display === other.display;
}

/** @param {Text} node @param {string} before @param {string} after */
function rewrite(node, before, after) {
  if (after.startsWith(before)) node.appendData(after.slice(before.length));
  else node.data = after;
}
