// @ts-check
// The messages that wait for the answer before them, between thread and composer. Shows what the server says of the
// queue and hands out what a person wants done with it; a message of this page shows before the server has it.
import { byId, el, part } from "./dom.js";
import { gettext, ngettext } from "./gettext.js";
import { QueueRow } from "./queue_row.js";

/** @typedef {import("./types.js").Sending} Sending */
/** @typedef {import("./types.js").SessionFace} SessionFace */
/** @typedef {import("./types.js").Queued} Queued */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{kind: "queue_edit" | "queue_delete" | "queue_send", client_id: string, text?: string, session?: string, model?: string | null}} Wish */

export class Queue {
  /** @param {{picker: import("./picker.js").Picker, onWish: (wish: Wish) => void, onLost: (text: string) => void}} parts
   *   `onLost`: a text was being changed when its message went out */
  constructor({ picker, onWish, onLost }) {
    this.picker = picker;
    this.onWish = onWish;
    this.onLost = onLost;
    this.box = byId("queue", HTMLElement);
    this.list = byId("queue-rows", HTMLElement);
    /** @type {Map<string, QueueRow>} */ this.rows = new Map();
    /** @type {Map<string, Queued>} not yet known to the server */ this.expected = new Map();
    /** @type {Queued[]} */ this.items = [];
    /** @type {{code: string, message: string} | null} */ this.waits = null;
  }

  /** Whether a message that is sent now would go behind these. */
  get goesOut() {
    const code = this.waits?.code;
    return this.items.length > 0 && (code === "streaming" || code === "complete");
  }

  /** A message of this page is on its way into the queue. @param {Sending} entry @param {SessionFace} session */
  expect(entry, session) {
    this.expected.set(entry.client_id, { client_id: entry.client_id, text: entry.text, session, usable: true, model: entry.model ?? "", attachments: entry.files });
    this.show();
  }

  /** @param {string} clientId it is no message of the queue (any more) */
  forget(clientId) {
    if (this.expected.delete(clientId)) this.show();
  }

  /** @param {Frame} frame the state of the conversation */
  update(frame) {
    this.items = frame.queue ?? [];
    this.waits = frame.waits ?? null;
    for (const item of this.items) this.expected.delete(item.client_id);
    this.show();
  }

  show() {
    const items = [...this.items, ...this.expected.values()];
    const ids = new Set(items.map((item) => item.client_id));
    for (const [id, row] of this.rows) if (!ids.has(id)) this.drop(id, row);
    items.forEach((item, index) => this.row(item, index));
    this.box.hidden = items.length === 0;
    const held = this.waits !== null && !this.goesOut && this.waits.code !== "later";
    this.box.classList.toggle("held", held);
    const why = byId("queue-why", HTMLElement);
    const count = ngettext("%(count)s message waits.", "%(count)s messages wait.", items.length);
    const message = this.waits?.message ?? gettext("The next one goes out by itself when the answer is complete.");
    why.replaceChildren(el("b", {}, `${count} `), message);
  }

  /** @param {Queued} item @param {number} index */
  row(item, index) {
    const row = this.rows.get(item.client_id) ?? this.add(item);
    const stops = this.waits?.code === "streaming" || this.waits === null;
    row.show(item, { isExpected: this.expected.has(item.client_id), stops, payer: this.picker.session });
    if (this.list.children[index] !== row.element) this.list.insertBefore(row.element, this.list.children[index] ?? null);
  }

  /** @param {Queued} item */
  add(item) {
    const row = new QueueRow(item.client_id, this.onWish);
    this.rows.set(item.client_id, row);
    return row;
  }

  /** @param {string} id @param {QueueRow} row */
  drop(id, row) {
    this.rows.delete(id);
    const hadFocus = row.element.contains(document.activeElement);
    row.element.remove();
    const changed = row.changedText;
    if (changed) this.onLost(changed);
    else if (hadFocus) part(this.list, "edit")?.focus();
  }
}
