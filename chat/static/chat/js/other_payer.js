// @ts-check
// The menu under an answer: another session or model, to try again with or to go on with. Both buttons say who would pay.
import { Choices } from "./choices.js";
import { byId, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { labelOf } from "./models.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./answer.js").Answer} Answer */

const GAP = 8; // CSS pixels between the button and its menu

export class OtherPayer {
  /** @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, again: import("./again.js").Again, onChosen: () => void}} parts
   *   `onChosen`: the composer names the chosen payer now */
  constructor({ thread, picker, again, onChosen }) {
    this.thread = thread;
    this.picker = picker;
    this.again = again;
    this.onChosen = onChosen;
    this.panel = byId("other-payer", HTMLElement);
    this.retry = byId("other-retry", HTMLButtonElement);
    this.proceed = byId("other-continue", HTMLButtonElement);
    /** @type {Answer | null} */ this.answer = null;
    /** @type {Session | null} */ this.session = null;
    /** @type {string | null} */ this.model = null;
    this.choices = new Choices({
      sessions: picker.sessions, sessionList: byId("other-sessions", HTMLElement), modelList: byId("other-models", HTMLElement), name: "other",
      onSession: (session) => this.choose(session, null), onModel: (session, model) => this.choose(session, model.id),
    });
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
    this.retry.addEventListener("click", () => this.tryAgain());
    this.proceed.addEventListener("click", () => this.goOn());
  }

  /** @param {Element} target */
  click(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-act=other-payer]"));
    const answer = this.thread.answers.find((other) => button && other.element.contains(button));
    const payer = answer && this.again.payer(answer);
    if (!button || !answer || !payer) return;
    this.answer = answer;
    this.proceed.hidden = answer.element.nextElementSibling !== null; // there it would not follow on this answer
    this.choose(payer.session, payer.model);
    place(this.panel, button);
    this.panel.showPopover();
    /** @type {HTMLElement | null} */ (this.panel.querySelector("input:checked"))?.focus();
  }

  /** @param {Session} session @param {string | null} model */
  async choose(session, model) {
    const isOther = this.session !== session;
    this.session = session;
    this.model = model;
    this.show();
    if (!isOther && this.choices.session === session && model) return;
    const found = await this.choices.show(session, model);
    if (this.session !== session || !found) return;
    this.model ??= found.current;
    this.show();
  }

  show() {
    const who = { name: [this.session?.name, this.model && labelOf(this.model)].filter(Boolean).join(" · ") };
    put(this.retry, "label", gettext("Try again with %(name)s", who));
    put(this.proceed, "label", gettext("Continue with %(name)s", who));
  }

  tryAgain() {
    this.panel.hidePopover();
    if (this.answer && this.session) this.again.wish(this.answer, "retry", { session: this.session, model: this.model });
  }

  goOn() {
    this.panel.hidePopover();
    if (!this.session) return;
    this.picker.touched = true;
    this.picker.choose(this.session, this.model ?? "");
    this.onChosen();
  }
}

/** Below the button, or above it where there is more room. @param {HTMLElement} panel @param {HTMLElement} button */
function place(panel, button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  const above = top > innerHeight - bottom;
  panel.style.left = `max(0.75rem, min(${left}px, 100vw - 38.75rem))`;
  panel.style.top = above ? "auto" : `${bottom + GAP}px`;
  panel.style.bottom = above ? `${innerHeight - top + GAP}px` : "auto";
  panel.style.maxHeight = `${(above ? top : innerHeight - bottom) - 2 * GAP}px`;
}
