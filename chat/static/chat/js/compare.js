// @ts-check
// The panel in which it is chosen who answers side by side. While it is open, the composer wears all payers: nobody pays who
// does not stand there.
import { say } from "./announce.js";
import { Choices, placeAbove } from "./choices.js";
import { another, defaultOf, hasTwins, resolved, rowElement, rowsFrom } from "./compare_row.js";
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { wear, whoPays } from "./several.js";
import { keep, recall } from "./store.js";

/** @typedef {import("./compare_row.js").Row} Row */
const MOST = 4;
const FEWEST = 2;

export class Compare {
  /** @param {{picker: import("./picker.js").Picker, user: string, composer: import("./composer.js").Composer}} parts */
  constructor({ picker, user, composer }) {
    this.picker = picker;
    this.composer = composer;
    this.key = `maestro.compare.${user}`;
    this.panel = byId("compare", HTMLElement);
    this.button = byId("compare-open", HTMLButtonElement);
    /** @type {Row[]} */ this.rows = [];
    this.editing = 0; // the row whose list is open
    this.choices = new Choices({
      sessions: picker.sessions, sessionList: byId("compare-sessions", HTMLElement), modelList: byId("compare-models", HTMLElement), name: "compare",
      onSession: async (session) => this.change(await resolved({ session, model: defaultOf(session) })),
      onModel: (session, model) => this.change({ session, model: model.id }),
    });
    this.listen();
  }

  listen() {
    byId("compare-close", HTMLButtonElement).addEventListener("click", () => this.leave());
    byId("compare-add", HTMLButtonElement).addEventListener("click", () => this.add());
    const list = byId("compare-picker", HTMLElement);
    list.addEventListener("beforetoggle", () => placeAbove(list, this.payerButtons[this.editing] ?? this.panel));
    list.addEventListener("toggle", () => {
      // The browser gives the focus back to the row's button, unless the row was made anew meanwhile.
      if (!list.matches(":popover-open") && document.activeElement === document.body) this.payerButtons[this.editing]?.focus();
    });
  }

  get active() {
    return !this.panel.hidden;
  }

  /** Who pays for the next message; empty while nothing is compared. */
  get payers() {
    return this.active ? this.rows.map(({ session, model }) => ({ session: session.id, model: model || null })) : [];
  }

  /** Why it cannot be sent so; "" if it can. */
  get problem() {
    return this.active && hasTwins(this.rows) ? gettext("Two of these are the same. Choose another session or model for one.") : "";
  }

  get payerButtons() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.panel.querySelectorAll(".payer"))];
  }

  /** @param {unknown} [wanted] the payers of a comparison that was refused */
  async open(wanted = recall(this.key)) {
    const { sessions, session, model } = this.picker;
    const first = session ?? sessions.find((one) => one.usable);
    if (!first) return;
    let rows = rowsFrom(wanted, sessions).slice(0, MOST);
    if (rows.length < FEWEST) rows = [{ session: first, model: model ?? defaultOf(first) }];
    rows = await Promise.all(rows.map(resolved));
    this.rows = rows.length < FEWEST ? [...rows, await another(rows, sessions)] : rows;
    this.panel.hidden = false;
    this.show();
    this.payerButtons[0]?.focus();
  }

  /** One pays again. */
  close() {
    if (!this.active) return;
    this.panel.hidden = true;
    this.show();
  }

  /** The same, because the reader wants it. */
  leave() {
    const hadFocus = this.panel.contains(document.activeElement);
    this.close();
    if (hadFocus) this.button.focus();
    if (this.picker.session) say(gettext("%(name)s alone pays.", this.picker.session));
  }

  async add() {
    this.rows = [...this.rows, await another(this.rows, this.picker.sessions)];
    this.show();
    this.payerButtons.at(-1)?.focus();
  }

  /** @param {number} index */
  remove(index) {
    this.rows = this.rows.filter((_, other) => other !== index);
    this.show();
    this.payerButtons[Math.min(index, this.rows.length - 1)]?.focus();
  }

  /** @param {Row} row what was chosen in the list that is open */
  change(row) {
    this.rows = this.rows.map((other, index) => (index === this.editing ? row : other));
    this.choices.show(row.session, row.model);
    this.show();
  }

  show() {
    if (this.active) keep(this.key, this.payers);
    this.button.setAttribute("aria-expanded", String(this.active));
    const removable = this.rows.length > FEWEST;
    const listeners = (/** @type {number} */ index) => ({ onOpen: () => this.edit(index), onRemove: removable ? () => this.remove(index) : null });
    byId("compare-rows", HTMLElement).replaceChildren(...this.rows.map((row, index) => rowElement(row, listeners(index))));
    byId("compare-add", HTMLButtonElement).hidden = this.rows.length >= MOST;
    const words = byId("compare-words", HTMLElement);
    words.textContent = this.problem || (this.active ? gettext("%(sentence)s.", { sentence: whoPays(this.rows) }) : "");
    words.classList.toggle("compare-problem", this.problem !== "");
    wear(this.composer, this.active ? this.rows : []);
    if (!this.active) this.picker.show();
  }

  /** @param {number} index */
  edit(index) {
    this.editing = index;
    const { session, model } = this.rows[index];
    this.choices.show(session, model);
  }
}
