// @ts-check
// "‹ 2/3 ›" under messages that have other versions: says which one is shown and asks for its neighbours.
import { part } from "./dom.js";
import { gettext } from "./gettext.js";

/** @typedef {import("./thread.js").Thread} Thread */

const STEPS = /** @type {Record<string, number>} */ ({ earlier: -1, later: 1 });

export class Siblings {
  /** @param {{thread: Thread, onShow: (message: string) => void}} parts */
  constructor({ thread, onShow }) {
    this.thread = thread;
    this.onShow = onShow;
    /** @type {WeakSet<HTMLElement>} with arrows */ this.dressed = new WeakSet(thread.messages.filter((message) => idsOf(message).length));
    this.wanted = ""; // the button that was pressed here, so that its twin gets the focus
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  /** @param {Element} target */
  click(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-step]"));
    const message = /** @type {HTMLElement | null} */ (target.closest("[data-message]"));
    if (!button || !message) return;
    const ids = idsOf(message);
    const neighbour = ids[ids.indexOf(message.dataset.message ?? "") + STEPS[button.dataset.step ?? ""]];
    if (!neighbour) return;
    this.wanted = button.dataset.step ?? "";
    this.onShow(neighbour);
  }

  /** @param {string[][]} forks the versions of each message that has several */
  show(forks) {
    const versions = new Map(forks.flatMap((ids) => ids.map((id) => [id, ids])));
    // Only those that have versions, or had: looking into every answer of a long thread takes too long.
    for (const message of this.thread.messages) {
      const ids = versions.get(message.dataset.message ?? "") ?? [];
      if (ids.length || this.dressed.has(message)) dress(message, ids);
      if (ids.length) this.dressed.add(message);
    }
  }

  /** The neighbour is there: whoever pressed the button can press on. @param {HTMLElement | undefined} message the first that is new
   * @returns {string} which version it is, in words */
  arrived(message) {
    const step = this.wanted;
    this.wanted = "";
    if (!step || !message) return "";
    const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (message.querySelectorAll(`[data-step]`));
    const [other] = [...buttons].filter((button) => !button.disabled).sort((button) => (button.dataset.step === step ? -1 : 1));
    other?.focus({ preventScroll: true });
    const [number, count] = part(message, "version")?.textContent?.split("/") ?? [];
    return gettext("Version %(number)s of %(count)s", { number, count });
  }
}

/** The versions of a message, itself included, as its markup has them. @param {HTMLElement} message */
export const idsOf = (message) => (part(message, "siblings")?.dataset.siblings ?? "").split(" ").filter(Boolean);

/** @param {HTMLElement} message @param {string[]} ids */
function dress(message, ids) {
  const group = part(message, "siblings");
  const version = part(message, "version");
  if (!group || !version) return;
  const index = ids.indexOf(message.dataset.message ?? "");
  group.hidden = ids.length < 2;
  group.dataset.siblings = ids.join(" ");
  version.textContent = `${index + 1}/${ids.length}`;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (group.querySelectorAll("[data-step]"))) {
    button.disabled = !ids[index + STEPS[button.dataset.step ?? ""]];
  }
}
