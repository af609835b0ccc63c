// @ts-check
// Copy buttons. `data-copy-target="id"` copies that field; code blocks and messages call `copyText` themselves.
import { say } from "./announce.js";
import { gettext } from "./gettext.js";

const SHOWN_MS = 1600;

/**
 * Puts text on the clipboard and shows it on the button for a moment.
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copyText(button, text) {
  const copied = await write(text);
  const done = copied ? gettext("Copied") : gettext("Press Ctrl+C");
  const label = /** @type {HTMLElement} */ (button.querySelector("[data-label]") ?? button);
  const before = label.dataset.before ?? label.textContent ?? "";
  label.dataset.before = before;
  label.textContent = done;
  button.toggleAttribute("data-copied", copied); // for buttons whose label is not seen
  say(done);
  setTimeout(() => {
    label.textContent = before;
    button.removeAttribute("data-copied");
  }, SHOWN_MS);
}

/** @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeThroughSelection(text); // plain http on another host has no clipboard API
  }
}

/** @param {string} text */
function writeThroughSelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Makes every button with `data-copy-target` work, also those that come later. */
export function listenForCopy() {
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-copy-target]");
    if (!(button instanceof HTMLElement)) return;
    const field = document.getElementById(button.dataset.copyTarget ?? "");
    if (!field) return;
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select();
    copyText(button, "value" in field ? String(field.value) : field.textContent ?? "");
  });
}
