// @ts-check
// The list of conversations: what is pinned, what runs, then by the reader's days; kept up to date while answers run, and
// narrowed down to one payer if wanted.
import { byId, el } from "./dom.js";
import { fill, groupOf, newRow, rank, read } from "./rail_rows.js";

/** @typedef {import("./rail_rows.js").RowFacts} RowFacts */

export class Rail {
  /** @param {(id: string) => string} urlOf @param {(running: {id: string, title: string, url: string}[]) => void} onRunning */
  constructor(urlOf, onRunning) {
    this.urlOf = urlOf;
    this.onRunning = onRunning;
    this.root = byId("conversations", HTMLElement);
    this.payer = ""; // the session whose conversations are listed; all if empty
    this.group();
  }

  /** The links. @returns {HTMLElement[]} */
  get rows() {
    return [...this.root.querySelectorAll("a.conv")].map((row) => /** @type {HTMLElement} */ (row));
  }

  /** Puts the headings in. */
  group() {
    const now = new Date();
    const rows = this.rows.sort((a, b) => rank(b) - rank(a));
    let heading = "";
    /** @type {HTMLElement[]} */
    const list = [];
    for (const row of rows) {
      const own = groupOf(row, now);
      if (own !== heading && this.isListed(row)) {
        list.push(el("h2", { class: "group" }, own));
        heading = own;
      }
      list.push(/** @type {HTMLElement} */ (row.parentElement));
    }
    const focused = document.activeElement; // taking it out of the page and back would lose it
    this.root.replaceChildren(...list);
    if (focused instanceof HTMLElement && this.root.contains(focused)) focused.focus({ preventScroll: true });
    this.root.dataset.ready = "";
    this.onRunning(rows.filter((row) => row.hasAttribute("data-running")).map(read));
    this.filter();
  }

  /** @param {HTMLElement} row */
  isListed(row) {
    return !this.payer || row.dataset.session === this.payer;
  }

  /** Lists only what this session pays. @param {string} session all if empty */
  only(session) {
    this.payer = session;
    this.group();
  }

  filter() {
    for (const row of this.rows) if (row.parentElement) row.parentElement.hidden = !this.isListed(row);
  }

  /** @param {string} id */
  row(id) {
    return this.rows.find((row) => row.dataset.conversation === id);
  }

  /** Adds a conversation or brings it up to date; by default it is being answered now. @param {RowFacts} facts */
  upsert({ running = true, updated = new Date().toISOString(), ...facts }) {
    this.put({ running, updated, ...facts });
    this.group();
  }

  /** The same for many, for which the order is worked out once. @param {RowFacts[]} many */
  upsertAll(many) {
    for (const facts of many) this.put(facts);
    this.group();
  }

  /** @param {RowFacts} facts */
  put(facts) {
    document.getElementById("no-conversations")?.remove();
    let row = this.row(facts.id);
    if (!row) {
      row = newRow(facts.id, this.urlOf(facts.id));
      this.root.append(/** @type {HTMLElement} */ (row.parentElement));
    }
    fill(row, facts);
  }

  /** It was deleted or archived. @param {string} id */
  remove(id) {
    this.row(id)?.parentElement?.remove();
    this.group();
  }

  /** @param {string} id @param {boolean} running */
  setRunning(id, running) {
    const row = this.row(id);
    if (!row || row.hasAttribute("data-running") === running) return;
    row.toggleAttribute("data-running", running);
    this.group();
  }
}
