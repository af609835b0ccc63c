// @ts-check
// The sheet of keys: `?` or Ctrl/Cmd+/ opens it, so does every button with `data-keys`; Escape closes it.

const TYPING = "input, textarea, select, [contenteditable]";
const APPLE = { Ctrl: "⌘", Alt: "⌥" };

/** @param {KeyboardEvent} event */
function isCall(event) {
  const typing = event.target instanceof Element && event.target.closest(TYPING);
  if (event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey) return !typing;
  return event.key === "/" && (event.ctrlKey || event.metaKey) && !event.altKey;
}

export function listenForKeys() {
  const sheet = document.getElementById("keys-sheet");
  if (!(sheet instanceof HTMLDialogElement)) return; // the admin's pages have none
  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    for (const popover of document.querySelectorAll(":popover-open")) /** @type {HTMLElement} */ (popover).hidePopover();
    sheet.showModal();
  };
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
    for (const key of sheet.querySelectorAll("kbd")) key.textContent = APPLE[/** @type {keyof APPLE} */ (key.textContent ?? "")] ?? key.textContent;
  }
  addEventListener("keydown", (event) => {
    if (!isCall(event)) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => /** @type {Element} */ (event.target).closest("[data-keys]") && open());
}
