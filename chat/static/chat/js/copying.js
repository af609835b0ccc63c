// @ts-check
// Copies a message: as text, which is what is seen, or as Markdown, which is what was written. Sources go along.
import { copyText } from "./copy.js";
import { part } from "./dom.js";
import { withMarks } from "./passages.js";
import { questionIn } from "./pieces.js";

/** @typedef {import("./sources.js").Source} Source */

/** @param {import("./thread.js").Thread} thread */
export function listenForCopying(thread) {
  thread.root.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-act=copy], [data-act=copy-markdown]"));
    const message = /** @type {HTMLElement | null} */ (button?.closest(".message") ?? null);
    if (!button || !message) return;
    const answer = thread.answers.find((other) => other.element === message);
    const text = /** @type {HTMLElement} */ (part(message, "text"));
    if (!answer) copyText(button, questionIn(text));
    else if (button.dataset.act === "copy") copyText(button, asText(text, answer.sources.all));
    else copyText(button, asMarkdown(answer.source, answer.sources.all));
  });
}

/** @param {string} source @param {Source[]} sources */
function asMarkdown(source, sources) {
  const notes = sources.map(({ title = "", url = "" }, index) => {
    const name = (title || url).replace(/[[\]\\]/g, "\\$&");
    return `[^${index + 1}]: ${url ? `[${name}](<${url.replace(/[<>\n]/g, encodeURIComponent)}>)` : name}`;
  });
  return [withMarks(source, (number) => `[^${number}]`), notes.join("\n")].filter(Boolean).join("\n\n");
}

/** @param {HTMLElement} text rendered @param {Source[]} sources */
function asText(text, sources) {
  const copy = /** @type {HTMLElement} */ (text.cloneNode(true));
  for (const head of copy.querySelectorAll(".code header")) head.remove();
  for (const mark of copy.querySelectorAll(".cite")) mark.replaceWith(`[${mark.textContent}]`);
  for (const formula of copy.querySelectorAll(".math")) formula.replaceWith(formula.querySelector("annotation, code")?.textContent ?? "");
  for (const box of copy.querySelectorAll("input[type=checkbox]")) box.replaceWith(/** @type {HTMLInputElement} */ (box).checked ? "[x] " : "[ ] ");
  for (const item of copy.querySelectorAll("li")) withBullet(item);
  copy.classList.add("visually-hidden");
  text.after(copy); // what is seen is known only of what is on the page
  const seen = copy.innerText.trim();
  copy.remove();
  const notes = sources.map(({ title = "", url = "" }, index) => `[${index + 1}] ${[title, url].filter(Boolean).join(" – ")}`);
  return [seen, notes.join("\n")].filter(Boolean).join("\n\n");
}

/** What stands before an item of a list is no text of the page. @param {HTMLLIElement} item */
function withBullet(item) {
  const list = item.parentElement;
  const first = item.firstElementChild;
  if (first instanceof HTMLParagraphElement) first.replaceWith(...first.childNodes); // or it would begin a line of its own
  if (/^\[[ x]\] $/.test(item.firstChild?.textContent ?? "")) return;
  const number = list instanceof HTMLOListElement ? `${list.start + [...list.children].indexOf(item)}.` : "•";
  item.prepend(`${number} `);
}
