// @ts-check
// Drafts and unsent messages stay in this browser; signing out takes them away, for the next person at it.

const PREFIXES = ["maestro.draft.", "maestro.outbox."];

/** Forms with `data-sign-out` clear what this browser keeps of the user. */
export function clearOnSignOut() {
  document.addEventListener("submit", (event) => {
    if (!(/** @type {HTMLElement} */ (event.target).matches("[data-sign-out]"))) return;
    sessionStorage.clear();
    for (const key of Object.keys(localStorage)) {
      if (PREFIXES.some((prefix) => key.startsWith(prefix))) localStorage.removeItem(key);
    }
  });
}
