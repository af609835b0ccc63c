// @ts-check
// Deletes a message with what follows on it. The server says first how many that are, and a person is asked with that number.
import { say } from "./announce.js";
import { askFirst } from "./confirm.js";
import { gettext, ngettext } from "./gettext.js";

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
    if (frame.removed) say(gettext("Deleted."));
    else this.ask(ref.slice(REF.length), Number(frame.count));
    return true;
  }

  /** @param {string} message @param {number} count */
  async ask(message, count) {
    const label = count === 1 ? gettext("Delete") : ngettext("Delete %(count)s message", "Delete %(count)s messages", count);
    if (await askFirst(`${questionOf(count - 1)} ${gettext("This cannot be undone.")}`, label)) this.wish(message, count);
  }
}

/** @param {number} others that go along */
function questionOf(others) {
  if (others === 0) return gettext("Delete this message?");
  if (others === 1) return gettext("Delete this message and the one that follows on it?");
  return ngettext("Delete this message and the %(count)s that follows on it, in all versions?", "Delete this message and the %(count)s that follow on it, in all versions?", others);
}
