// @ts-check
// The remembered colours: light, dark, or as the system says. A classic blocking script in <head>, so that the
// first paint already has the right ones; `js` on <html> tells the styles that scripts run.
(() => {
  const KEY = "maestro.theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  /** @typedef {keyof typeof NEXT} Theme */
  const root = document.documentElement;

  /** @returns {Theme} */
  function remembered() {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : "system";
    } catch {
      return "system"; // storage may be forbidden
    }
  }

  /** @param {Theme} theme */
  function apply(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }

  /** Of the catalogue, which has run when there is something to label. @param {string} text */
  const gettext = (text) => /** @type {{gettext?: (text: string) => string}} */ (/** @type {unknown} */ (globalThis)).gettext?.(text) ?? text;

  /** @param {Theme} theme */
  function label(theme) {
    const words = { system: gettext("Colours: as the system"), light: gettext("Colours: light"), dark: gettext("Colours: dark") }[theme];
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", words);
      button.setAttribute("title", words);
      for (const icon of button.querySelectorAll("[data-theme-icon]")) {
        /** @type {HTMLElement} */ (icon).hidden = icon.getAttribute("data-theme-icon") !== theme;
      }
    }
  }

  /** @param {Theme} theme */
  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice then lasts as long as the page
    }
  }

  let theme = remembered();
  root.classList.add("js");
  apply(theme);
  document.addEventListener("DOMContentLoaded", () => label(theme));
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest("[data-theme-toggle]")) return;
    theme = /** @type {Theme} */ (NEXT[theme]);
    remember(theme);
    apply(theme);
    label(theme);
  });
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    theme = remembered();
    apply(theme);
    label(theme);
  });
})();
