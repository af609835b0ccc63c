// @ts-check
// The bar above the composer when a session may not be used now: the sentence of whoever says so, how long, and three ways
// on: wait and send by itself, send with another session, which the button names, or edit. Nothing is sent without a click.
import { badge, el } from "./dom.js";
import { gettext, woven } from "./gettext.js";
import { limitOf, otherPayer, refusedOf, untilOf, waitsAgain } from "./limits.js";
import { localTime } from "./times.js";
import { hideTrouble, showTrouble } from "./trouble.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./limits.js").Limit} Limit */
/** @typedef {import("./types.js").Session} Session */
/** @typedef {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, queue: import("./queue.js").Queue,
 *   composer: import("./composer.js").Composer, again: import("./again.js").Again, stop: () => void}} Parts */

const HOUR_MS = 3600 * 1000;

/** How long it lasts, in words that take what is left. @param {Limit} limit @returns {(left: string) => string} */
function wordsOf({ what, until }) {
  const isFar = until - Date.now() > HOUR_MS;
  const time = localTime(new Date(until));
  if (what === "trying") {
    return (left) => (isFar ? gettext("It is sent again by itself at %(time)s, in %(left)s.", { time, left }) : gettext("It is sent again by itself in %(left)s.", { left }));
  }
  return (left) => (isFar ? gettext("Resets at %(time)s, in %(left)s.", { time, left }) : gettext("Resets in %(left)s.", { left }));
}

export class LimitBar {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.shown = ""; // what the bar says now
    this.closed = ""; // the limit that the reader has put aside
    /** @type {Limit | null} */ this.refusal = null;
    /** @type {(() => void) | null} */ this.afterStop = null;
  }

  /** A message was not taken because of a limit; its text is in the box. @param {string} session @param {string} message @param {number} until */
  refused(session, message, until) {
    this.refusal = { what: "draft", id: message, session, title: gettext("The message was not sent."), text: `${message} ${gettext("Your text is in the box below.")}`, until };
    this.closed = "";
    this.show();
  }

  /** A message was taken. */
  passed() {
    this.refusal = null;
    this.show();
  }

  /** What an answer that is over says of its session. @param {Answer} answer */
  learn(answer) {
    const session = this.parts.picker.sessions.find((one) => one.id === answer.element.dataset.session);
    const until = untilOf(answer);
    if (session && answer.element.dataset.status === "complete") session.limited_until = "";
    else if (session && refusedOf([answer]) && until) session.limited_until = new Date(until).toISOString();
  }

  /** Brings the bar up to date: an answer ended, another payer was chosen, something waits now. */
  show() {
    const { thread, queue, picker } = this.parts;
    if (!thread.running) this.goOn();
    const limit = this.refusal && this.refusal.session === picker.session?.id ? this.refusal : limitOf(this.parts);
    const other = limit && otherPayer(picker, limit.session);
    const key = limit && limit.id !== this.closed ? [limit.what, limit.id, limit.until, limit.until > Date.now(), other?.id].join() : "";
    const refused = refusedOf(thread.answers);
    refused?.element.toggleAttribute("data-limited", waitsAgain(queue) || (key !== "" && refused === limit?.answer));
    if (key === this.shown) return;
    this.shown = key;
    if (key && limit) this.draw(limit, other ?? null);
    else hideTrouble("limit");
  }

  /** @param {Limit} limit @param {Session | null} other */
  draw(limit, other) {
    const same = this.parts.picker.sessions.find((one) => one.id === limit.session && one.usable);
    const isOver = limit.until > 0 && limit.until <= Date.now();
    showTrouble("limit", {
      title: limit.title, text: limit.text, until: limit.until,
      before: wordsOf(limit), after: limit.what === "trying" ? gettext("It is sent again now.") : gettext("It may work now."),
      onPassed: () => this.show(), onClose: () => this.close(limit),
      actions: [
        same && limit.until > 0 && !isOver && limit.what !== "trying" && this.button([gettext("Wait and send by itself")], () => this.wait(limit, same)),
        same && isOver && limit.what !== "trying" && this.button(woven(gettext("Send again with %(name)s"), { name: [badge(same), same.name] }), () => this.sendWith(limit, same)),
        other && this.button(woven(gettext("Send with %(name)s"), { name: [badge(other), other.name] }), () => this.sendWith(limit, other)),
        limit.what !== "payer" && this.button([gettext("Edit")], () => this.edit(limit)),
      ].filter((one) => one instanceof HTMLElement),
    });
  }

  /** @param {Limit} limit */
  close(limit) {
    this.closed = limit.id;
    this.show();
  }

  /** What was to follow the answer that has just stopped. */
  goOn() {
    const { afterStop } = this;
    this.afterStop = null;
    afterStop?.();
  }

  /** @param {(string | Node)[]} words @param {() => void} act */
  button(words, act) {
    const button = el("button", { class: "btn small", type: "button" }, ...words);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {Limit} limit @param {Session} payer */
  wait({ answer }, payer) {
    const { again } = this.parts;
    if (answer) again.wish(answer, "retry", { session: payer, model: answer.element.dataset.model || null }, { wait: true });
    else this.submit({ wait: true });
  }

  /** The text in the box; where there is none, that is what is missing. @param {{wait?: boolean}} [options] */
  submit(options) {
    const { composer } = this.parts;
    if (composer.empty) composer.box.focus();
    else composer.submit(options);
  }

  /** @param {Limit} limit @param {Session} payer */
  sendWith({ answer, what }, payer) {
    const { again, picker, stop } = this.parts;
    if (picker.session?.id !== payer.id) picker.pick(payer);
    const send = () => (answer ? again.wish(answer, "retry", { session: payer, model: picker.model }) : this.submit());
    if (what !== "trying") return send();
    this.afterStop = send;
    return stop();
  }

  /** @param {Limit} limit */
  edit({ answer, what }) {
    if (!answer) return this.parts.composer.box.focus();
    const edit = () => /** @type {HTMLElement | null} */ (answer.element.querySelector("[data-act=edit]"))?.click();
    if (what !== "trying") return edit();
    this.afterStop = edit;
    return this.parts.stop();
  }
}
