// @ts-check
// The prompts to begin with that an empty page offers: a click puts one into the box, to be changed or sent.

/** @param {import("./composer.js").Composer} composer */
export function listenForExamples(composer) {
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => composer.putBack(/** @type {HTMLElement} */ (button).dataset.example ?? ""));
  }
}
