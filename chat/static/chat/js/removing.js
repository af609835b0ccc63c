// @ts-check
// Deletes a message with what follows on it. The server says first how many that are, and a person is asked with that number.
import { say } from "./announce.js";
import { askFirst } from "./confirm.js";

/** @typedef {import("./types.js").Frame} Frame */
const REF = "remove:";

export class Removing {
  /** @param {{thread: import("./thread.js").Thread, onWish: (frame: {type: string, ref: string, [key: string]: unknown}) => void}} parts */
  constructor({ thread, onWish }) {
    this.onWish = onWish;
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  /** @param {Element} target */
  click(target) {
    const message = /** @type {HTMLElement | null} */ (target.closest("[data-act=remove]")?.closest("[data-message]"));
    if (message) this.wish(message.dataset.message ?? "", 0);
  }

  /** @param {string} message @param {number} count how many go, as far as the reader knows */
  wish(message, count) {
    this.onWish({ type: "remove", ref: REF + message, message, count });
  }

  /** @param {Frame} frame the answer to such a wish @returns {boolean} whether it was one */
  answered(frame) {
    const ref = String(frame.ref ?? "");
    if (!ref.startsWith(REF)) return false;
    if (frame.removed) say("Deleted.");
    else this.ask(ref.slice(REF.length), Number(frame.count));
    return true;
  }

  /** @param {string} message @param {number} count */
  async ask(message, count) {
    const others = count === 2 ? "the one that follows on it" : `the ${count - 1} that follow on it, in all versions`;
    const what = count === 1 ? "Delete this message?" : `Delete this message and ${others}?`;
    if (await askFirst(`${what} This cannot be undone.`, count === 1 ? "Delete" : `Delete ${count} messages`)) this.wish(message, count);
  }
}
