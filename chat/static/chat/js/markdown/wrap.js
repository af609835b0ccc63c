// @ts-check
// Whether long lines of code are wrapped: one choice for all blocks, remembered by this browser.
import { el, icon } from "../dom.js";
import { gettext } from "../gettext.js";
import { keep, recall } from "../store.js";

const KEY = "maestro.wrap";
const root = document.documentElement;

/** The button that switches it, for the head of a block. */
export function wrapButton() {
  const button = el("button", { class: "btn ghost small", type: "button", "data-wrap": true }, icon("wrap"), el("span", {}, gettext("Wrap")));
  button.setAttribute("aria-pressed", String(root.classList.contains("wrap-code")));
  button.addEventListener("click", () => inPlace(button, () => show(!root.classList.contains("wrap-code"))));
  return button;
}

/** @param {boolean} wrap */
function show(wrap) {
  keep(KEY, wrap ? true : undefined);
  apply(wrap);
}

/** @param {boolean} wrap */
function apply(wrap) {
  root.classList.toggle("wrap-code", wrap);
  for (const button of document.querySelectorAll("[data-wrap]")) button.setAttribute("aria-pressed", String(wrap));
}

/** Blocks above grow or shrink too; what was clicked stays where it is. @param {Element} element @param {() => void} change */
function inPlace(element, change) {
  const before = element.getBoundingClientRect().top;
  change();
  const box = element.closest(".thread");
  box?.dispatchEvent(new Event("stay"));
  if (box) box.scrollTop += element.getBoundingClientRect().top - before;
}

apply(recall(KEY) === true);
addEventListener("storage", (event) => event.key === KEY && apply(recall(KEY) === true));
