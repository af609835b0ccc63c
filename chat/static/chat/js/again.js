// @ts-check
// "Try again" under every answer, "Continue" and "Retry" under one that did not come to its end: which of them make sense, who
// would pay, and the wish itself. They rest until the server has answered, so a double click is one run.
import { part, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { newId } from "./ids.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").Session} Session */
/** @typedef {"retry" | "continue"} How */

const BUTTONS = /** @type {Record<string, {how: How, words: (name: string) => string}>} by their part */ ({
  continue: { how: "continue", words: (name) => gettext("Continue with %(name)s", { name }) },
  retry: { how: "retry", words: (name) => gettext("Retry with %(name)s", { name }) },
  another: { how: "retry", words: (name) => name },
});
/** Ends that the provider counts as complete and that can be continued. */
const CUT = new Set(["max_tokens", "pause_turn"]);

export class Again {
  /** @param {{picker: import("./picker.js").Picker, thread: import("./thread.js").Thread, onWish: (frame: {type: string, ref: string, [key: string]: unknown}) => void}} parts */
  constructor({ picker, thread, onWish }) {
    this.picker = picker;
    this.thread = thread;
    this.onWish = onWish;
    /** @type {Map<string, Answer>} by client id */ this.wishes = new Map();
    /** @type {WeakMap<Answer, Map<string, HTMLButtonElement>>} by part: a long thread is not searched each time */ this.buttons = new WeakMap();
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  /** Who pays: whom the reader has chosen, else who paid before, else whom the composer names.
   * @param {Answer} answer @returns {{session: Session, model: string | null} | null} */
  payer(answer) {
    const { session, model, touched, sessions } = this.picker;
    const before = sessions.find((other) => other.id === answer.element.dataset.session && other.usable);
    // In a column its own payer tries again: else something else would be compared.
    if (before && (!touched || answer.element.closest(".column"))) return { session: before, model: answer.element.dataset.model || null };
    return session && { session, model };
  }

  /** Brings the buttons up to date: an answer ended, or another payer was chosen. */
  show() {
    for (const answer of this.thread.answers) for (const [name, button] of this.buttonsOf(answer)) this.dress(answer, name, button);
  }

  /** @param {Answer} answer */
  buttonsOf(answer) {
    const known = this.buttons.get(answer);
    if (known) return known;
    /** @type {[string, HTMLButtonElement | null][]} */
    const found = Object.keys(BUTTONS).map((name) => [name, /** @type {HTMLButtonElement | null} */ (part(answer.element, name))]);
    const buttons = new Map(/** @type {[string, HTMLButtonElement][]} */ (found.filter(([, button]) => button)));
    this.buttons.set(answer, buttons);
    return buttons;
  }

  /** @param {Answer} answer @param {string} name @param {HTMLButtonElement} button */
  dress(answer, name, button) {
    const payer = this.payer(answer);
    button.hidden = !payer || !this.possible(answer, name);
    button.disabled = [...this.wishes.values()].includes(answer);
    put(button, "label", BUTTONS[name].words(payer?.session.name ?? ""));
  }

  /** @param {Answer} answer @param {string} name */
  possible(answer, name) {
    const { status, stopReason = "", message } = answer.element.dataset;
    if (answer.running || !message) return false;
    const paused = status === "complete" && stopReason === "pause_turn";
    const cut = status !== "complete" || CUT.has(stopReason);
    if (name === "continue") return cut && (paused || answer.source.trim() !== "");
    const isLast = answer.element.matches(":last-child"); // there the notice about the end has the button
    return name === "retry" ? cut : !(cut && isLast);
  }

  /** @param {Element} target */
  click(target) {
    const button = target.closest(Object.keys(BUTTONS).map((name) => `[data-part=${name}]`).join());
    const answer = this.thread.answers.find((other) => button && other.element.contains(button));
    const payer = answer && this.payer(answer);
    if (!button || !answer || !payer) return;
    this.wish(answer, BUTTONS[button.getAttribute("data-part") ?? ""].how, payer);
  }

  /** @param {Answer} answer @param {How} how @param {{session: Session, model: string | null}} payer
   * @param {{wait?: boolean}} [options] `wait`: when a limit of the session has passed */
  wish(answer, how, { session, model }, { wait = false } = {}) {
    const client_id = newId();
    this.wishes.set(client_id, answer);
    this.show();
    const message = answer.element.dataset.message ?? "";
    this.onWish({ type: "again", ref: client_id, message, client_id, how, session: session.id, model, wait });
  }

  /** The connection is there again: what was not answered may be wished once more. */
  reset() {
    this.wishes.clear();
    this.show();
  }

  /** It was refused, or it began. @param {string} clientId @returns {boolean} whether it was one of these */
  settle(clientId) {
    const was = this.wishes.delete(clientId);
    if (was) this.show();
    return was;
  }
}
