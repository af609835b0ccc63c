// @ts-check
// The rail as a drawer on narrow screens: opens, closes, keeps the focus inside, gives it back.
import { byId } from "./dom.js";

/** Wires the menu button, the veil, and Escape. */
export function listenForMenu() {
  const rail = byId("rail", HTMLElement);
  const veil = byId("veil", HTMLElement);
  const button = byId("menu", HTMLButtonElement);
  const main = byId("main", HTMLElement);

  /** @param {boolean} open */
  const set = (open) => {
    rail.toggleAttribute("data-open", open);
    veil.hidden = !open;
    main.inert = open;
    button.setAttribute("aria-expanded", String(open));
    if (open) byId("close-menu", HTMLButtonElement).focus();
    else button.focus();
  };
  button.addEventListener("click", () => set(true));
  byId("close-menu", HTMLButtonElement).addEventListener("click", () => set(false));
  veil.addEventListener("click", () => set(false));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && rail.hasAttribute("data-open")) set(false);
  });
  // A drawer that was open must not lock the page when the window grows.
  matchMedia("(max-width: 48rem)").addEventListener("change", () => rail.hasAttribute("data-open") && set(false));
}
