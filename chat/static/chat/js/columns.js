// @ts-check
// Answers side by side: the columns of one comparison, the tabs that a phone shows instead, and what may be done with each.
// Which answers there are is not its business.
import { clone } from "./clone.js";
import { badge, el, part, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { labelOf } from "./models.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").SessionFace} SessionFace */
/** @typedef {{element: HTMLElement, tab: HTMLButtonElement, answers: Answer[]}} Column */

export class Columns {
  /** @param {HTMLElement} [element] rendered by the server, else a new one */
  constructor(element = clone("comparison-template")) {
    this.element = element;
    /** @type {Map<number, Column>} by number, from 0 */ this.columns = new Map();
    for (const one of element.querySelectorAll(".column")) {
      const column = /** @type {HTMLElement} */ (one);
      this.columns.set(Number(column.dataset.column), withTab(column));
    }
    part(element, "tabs")?.addEventListener("click", (event) => this.read(/** @type {Element} */ (event.target).closest("button")));
    if (this.columns.size) this.arrange();
  }

  /** Gives the columns their answers. @param {Answer[]} answers in order; those of others are left alone */
  fill(answers) {
    for (const { element, answers: own } of this.columns.values()) own.push(...answers.filter((answer) => element.contains(answer.element)));
  }

  get id() {
    return this.element.dataset.comparison ?? "";
  }

  /** The number of the column that was picked, `null` before. */
  get picked() {
    const { picked } = this.element.dataset;
    return picked === undefined ? null : Number(picked);
  }

  /** @returns {Answer[]} */
  get answers() {
    return [...this.columns.values()].flatMap((column) => column.answers);
  }

  /** @param {string} messageId @returns {number | undefined} the column in which this message stands */
  numberOf(messageId) {
    for (const [number, column] of this.columns) {
      if (column.answers.some((answer) => answer.element.dataset.message === messageId)) return number;
    }
    return undefined;
  }

  /** A column that is there from now on, with its payer. @param {number} number @param {SessionFace} session @param {string} model */
  open(number, session, model) {
    const element = this.columns.get(number)?.element ?? clone("column-template");
    element.className = `column p${Number(session.color) || 8}`;
    element.dataset.column = String(number);
    put(element, "column-badge", session.initials);
    put(element, "column-name", session.name);
    put(element, "column-model", labelOf(model));
    part(element, "column-model")?.setAttribute("data-named-model", model);
    this.columns.get(number)?.tab.remove(); // another payer may have tried again
    const column = { ...withTab(element), answers: this.columns.get(number)?.answers ?? [] };
    this.columns.set(number, column);
    this.arrange();
    return column;
  }

  /** Who answers in a column. @param {Column} column @returns {import("./compared.js").Face} */
  static face({ element }) {
    /** @param {string} name */
    const text = (name) => part(element, name)?.textContent ?? "";
    const color = Number(/p(\d)/.exec(element.className)?.[1]);
    return { name: text("column-name"), initials: text("column-badge"), color, model: part(element, "column-model")?.dataset.namedModel ?? "" };
  }

  /** Puts columns and tabs in order; on a phone one of them is read. */
  arrange() {
    const sorted = [...this.columns.entries()].sort(([one], [other]) => one - other).map(([, column]) => column);
    sorted.forEach(({ element, tab }, index) => {
      const [columns, tabs] = [part(this.element, "columns"), part(this.element, "tabs")];
      if (columns?.children[index] !== element) columns?.insertBefore(element, columns.children[index] ?? null);
      if (tabs?.children[index] !== tab) tabs?.insertBefore(tab, tabs.children[index] ?? null);
    });
    this.element.dataset.count = String(sorted.length);
    if (!sorted.some(({ element }) => element.hasAttribute("data-read"))) this.read(sorted[this.picked ?? 0]?.tab ?? null);
    else this.read(sorted.find(({ element }) => element.hasAttribute("data-read"))?.tab ?? null);
  }

  /** @param {Element | null} tab of the column that a phone shows */
  read(tab) {
    if (!tab) return;
    for (const column of this.columns.values()) {
      column.element.toggleAttribute("data-read", column.tab === tab);
      column.tab.setAttribute("aria-pressed", String(column.tab === tab));
    }
  }

  /** By the session, or by the model where the session has several columns. @param {Column} column */
  nameTab({ tab, element }) {
    const sessions = [...this.columns.values()].map((other) => Columns.face(other).name);
    const words = ["column-name", "column-model"].map((name) => part(element, name)?.textContent ?? "");
    if (sessions.filter((other) => other === words[0]).length > 1) words.reverse();
    put(tab, "tab-name", words[0]);
    put(tab, "tab-more", `, ${words[1]}`);
  }

  /** What may be done with each column now, and the words above them. */
  show() {
    const running = this.answers.some((answer) => answer.running);
    const { picked } = this;
    if (picked === null) put(this.element, "words", running ? gettext("Read along. You can go on with one at any time.") : gettext("Pick the answer to go on with."));
    for (const [number, column] of this.columns) {
      const newest = column.answers.at(-1);
      const others = this.answers.some((answer) => answer.running && !column.answers.includes(answer));
      const name = `${part(column.element, "column-name")?.textContent}, ${part(column.element, "column-model")?.textContent}`;
      column.tab.toggleAttribute("data-running", Boolean(newest?.running));
      this.nameTab(column);
      offer(column.element, "stop", Boolean(newest?.running && newest.generation), gettext("Stop"), name);
      const words = picked === null ? gettext("Go on with this") : gettext("Go on with this instead");
      offer(column.element, "pick", Boolean(newest?.generation) && number !== picked, others ? gettext("Go on, stop the rest") : words, name);
      /** @type {HTMLElement} */ (part(column.element, "column-picked")).hidden = number !== picked;
    }
  }
}

/** @param {HTMLElement} element @returns {Column} */
function withTab(element) {
  const column = { element, tab: el("button", { type: "button" }), answers: [] };
  const face = Columns.face(column);
  column.tab.className = `column-tab p${face.color || 8}`;
  column.tab.append(badge(face), el("span", { class: "column-tab-name", "data-part": "tab-name" }), el("span", { class: "visually-hidden", "data-part": "tab-more" }));
  return column;
}

/** @param {HTMLElement} column @param {string} what @param {boolean} possible @param {string} words @param {string} name */
function offer(column, what, possible, words, name) {
  const button = /** @type {HTMLButtonElement} */ (column.querySelector(`[data-compare="${what}"]`));
  button.hidden = !possible;
  put(button, "label", words);
  put(button, "of", `: ${name}`);
}
