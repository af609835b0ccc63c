// @ts-check
// A page that was opened by a link to one message: shows that message, on whichever branch it is, and marks it for a moment.

const MARKED_MS = 2500;
const PATIENCE_MS = 10_000; // for a branch that has to be shown first

export class Sought {
  /**
   * @param {{message: string | null, root: HTMLElement, onFound: (found: HTMLElement) => void, onShow: (message: string) => void}} parts
   *   `onFound`: the reader is about to be led there; `onShow`: the branch through the message is wanted
   */
  constructor({ message, root, onFound, onShow }) {
    this.root = root;
    this.onFound = onFound;
    if (!message) return;
    history.replaceState(null, "", location.pathname); // a reload leads where the reader is then
    if (this.go(message)) return;
    const watcher = new MutationObserver(() => this.go(message) && watcher.disconnect());
    watcher.observe(root, { childList: true, subtree: true });
    setTimeout(() => watcher.disconnect(), PATIENCE_MS);
    onShow(message);
  }

  /** @param {string} message @returns {boolean} whether it is there */
  go(message) {
    const found = /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-message="${CSS.escape(message)}"]`));
    if (!found) return false;
    this.onFound(found);
    found.scrollIntoView({ block: "start" });
    found.tabIndex = -1;
    found.focus({ preventScroll: true });
    found.classList.add("sought");
    setTimeout(() => found.classList.remove("sought"), MARKED_MS);
    return true;
  }
}
