// @ts-check
// The quiet line under a picked answer: with whom it was compared, and the way back to seeing them side by side.
import { badge, el } from "./dom.js";
import { gettext, woven } from "./gettext.js";
import { labelOf } from "./models.js";

/** @typedef {{name: string, initials: string, color: number, model: string}} Face who answered and paid in another column */

/** The same markup as the server's (_compared.html). @param {Face[]} faces */
export function comparedWith(faces) {
  const named = faces.map((face) => el(
    "span", { class: "compared-face" }, badge(face), ` ${face.name} · `, el("span", { "data-named-model": face.model }, labelOf(face.model)),
  ));
  const again = el("button", { class: "link", type: "button", "data-compare": "again" }, gettext("show side by side"));
  return el("p", { class: "compared" }, ...woven(gettext("Compared with %(names)s — %(again)s"), { names: together(named), again }));
}

/** "a and b", "a, b and c", of words or elements. @param {(string | HTMLElement)[]} all @returns {(string | HTMLElement)[]} */
function together(all) {
  const others = all.slice(0, -1).flatMap((one, index) => (index ? [", ", one] : [one]));
  return others.length ? woven(gettext("%(others)s and %(last)s"), { others, last: all.at(-1) }) : all;
}

/** The same as text. @param {string[]} words */
export const listed = (words) => together(words).join("");
