// @ts-check
// The quiet line under a picked answer: with whom it was compared, and the way back to seeing them side by side.
import { badge, el } from "./dom.js";
import { labelOf } from "./models.js";

/** @typedef {{name: string, initials: string, color: number, model: string}} Face who answered and paid in another column */

/** The same markup as the server's (_compared.html). @param {Face[]} faces */
export function comparedWith(faces) {
  const named = faces.map((face) => el(
    "span", { class: "compared-face" }, badge(face), ` ${face.name} · `, el("span", { "data-named-model": face.model }, labelOf(face.model)),
  ));
  const again = el("button", { class: "link", type: "button", "data-compare": "again" }, "show side by side");
  return el("p", { class: "compared" }, "Compared with ", ...between(named), " — ", again);
}

/** @param {HTMLElement[]} named */
function between(named) {
  return named.flatMap((one, index) => [index === 0 ? "" : index === named.length - 1 ? " and " : ", ", one]);
}

/** "a and b", "a, b and c" @param {string[]} words */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
