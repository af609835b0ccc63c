// @ts-check
// One message that waits: its payer, its text, and what can be done with it. Changing the text happens in place.
import { byId, part, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { localTime } from "./times.js";

/** @typedef {import("./types.js").Queued} Queued */
/** @typedef {import("./queue.js").Wish} Wish */
/** @typedef {{isExpected: boolean, stops: boolean, payer: import("./types.js").Session | null}} Around
 *   `stops`: sending it now ends an answer; `payer`: whom the composer names */

export class QueueRow {
  /** @param {string} clientId @param {(wish: Wish) => void} onWish */
  constructor(clientId, onWish) {
    this.clientId = clientId;
    this.onWish = onWish;
    const template = byId("queued-template", HTMLTemplateElement).content.firstElementChild;
    this.element = /** @type {HTMLElement} */ (template?.cloneNode(true));
    /** @type {Queued | null} */ this.item = null;
    /** @type {Around | null} */ this.around = null;
    this.box = /** @type {HTMLTextAreaElement} */ (part(this.element, "box"));
    this.form = /** @type {HTMLFormElement} */ (part(this.element, "form"));
    this.listen();
  }

  listen() {
    this.element.addEventListener("click", (event) => this.act(/** @type {Element} */ (event.target)));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // Escape in the page stops the answer
      this.edit(false);
    });
  }

  /** The text in the box, if it is another than that of the message. */
  get changedText() {
    return !this.form.hidden && this.box.value.trim() !== this.item?.text ? this.box.value : "";
  }

  /** @param {Queued} item @param {Around} around */
  show(item, around) {
    this.item = item;
    this.around = around;
    this.element.className = `queued p${Number(item.session.color) || 8}`;
    put(this.element, "badge", item.session.initials);
    put(this.element, "text", item.text || (item.again && !item.attachments?.length ? gettext("The rest of the answer") : ""));
    put(this.element, "files", (item.attachments ?? []).map((file) => file.name).join(", "));
    const { name: payer } = item.session;
    const pays = item.usable ? gettext("%(name)s pays", { name: payer }) : gettext("%(name)s cannot pay", { name: payer });
    const when = item.not_before && gettext("sends itself at %(time)s", { time: localTime(new Date(item.not_before)) });
    put(this.element, "payer", when ? `${pays} · ${when}` : pays);
    put(this.element, "send-label", this.sendLabel());
    for (const name of ["send", "edit", "delete"]) {
      const button = /** @type {HTMLButtonElement} */ (part(this.element, name));
      button.disabled = around.isExpected || (name === "send" && !item.usable && !around.payer);
      button.hidden = name === "edit" && Boolean(item.again); // it is edited where it stands
    }
  }

  /** Who pays instead, if it is sent now: its own session cannot, or has to wait and another one is chosen. */
  get instead() {
    const payer = this.around?.payer ?? null;
    return this.item?.usable && !(this.item.not_before && payer?.id !== this.item.session.id) ? null : payer;
  }

  sendLabel() {
    const stops = this.around?.stops;
    const name = this.instead?.name;
    if (name) return stops ? gettext("Stop the answer, send now with %(name)s", { name }) : gettext("Send now with %(name)s", { name });
    if (this.item?.usable) return stops ? gettext("Stop the answer, send now") : gettext("Send now");
    return stops ? gettext("Stop the answer, send now with another session") : gettext("Send now with another session");
  }

  /** @param {Element} target */
  act(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("button[data-part]"));
    if (button?.dataset.part === "edit") this.edit(true);
    if (button?.dataset.part === "cancel") this.edit(false);
    if (button?.dataset.part === "delete") this.onWish({ kind: "queue_delete", client_id: this.clientId });
    if (button?.dataset.part === "send") this.send();
  }

  send() {
    const payer = this.instead;
    const change = payer ? { session: payer.id, model: payer.default_model || null } : {};
    this.onWish({ kind: "queue_send", client_id: this.clientId, ...change });
  }

  /** @param {boolean} on */
  edit(on) {
    this.form.hidden = !on;
    this.element.toggleAttribute("data-editing", on);
    this.box.value = this.item?.text ?? "";
    if (on) this.box.focus();
    else part(this.element, "edit")?.focus();
  }

  save() {
    const text = this.box.value.trim();
    if (text === "") return;
    if (text !== this.item?.text) this.onWish({ kind: "queue_edit", client_id: this.clientId, text });
    this.box.value = this.item?.text ?? "";
    this.edit(false);
    put(this.element, "text", text);
  }
}
