// @ts-check
// The comparison in which something has still to be picked: makes its columns, binds the answers that begin in them, and turns
// the picked one into a part of the thread. Which frames concern it is decided by others.
import { comparedWith } from "./compared.js";
import { Columns } from "./columns.js";
import { part } from "./dom.js";
import { Metrics } from "./metrics.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Sending} Sending */
/** @typedef {import("./types.js").SessionFace} SessionFace */
/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {{user?: string, message: string, generation: string}} Ids */
/** @typedef {{prompt: HTMLElement, columns: Columns}} Pair a question and its columns that wait for their ids */
/** @typedef {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, follower: import("./scroll.js").Follower,
 *   onDecided: (answer: Answer) => void}} Parts `onDecided`: the conversation goes on with this answer */

export class Comparisons {
  /** @param {Parts} parts @param {(answer: Answer, ids: Ids, prompt?: HTMLElement) => void} bind */
  constructor(parts, bind) {
    this.parts = parts;
    this.bind = bind;
    this.metrics = new Metrics();
    /** @type {Columns | null} */ this.columns = null;
    /** @type {Map<string, Pair>} of this page, by client id */ this.pending = new Map();
    this.read();
  }

  /** The comparison that ends what is shown, if none of it is picked. */
  get open() {
    return this.columns?.element.isConnected ? this.columns : null;
  }

  /** Takes over what the server rendered. */
  read() {
    const element = /** @type {HTMLElement | null} */ (this.parts.thread.root.querySelector(":scope > .comparison:not([data-picked])"));
    if (!element || element === this.columns?.element) return;
    this.columns = new Columns(element);
    this.columns.fill(this.parts.thread.answers);
    this.show();
  }

  /** A phone shows the column in which this stands. @param {HTMLElement} answer that may have come with the last step only */
  bring(answer) {
    this.read();
    for (const { element, tab } of this.open?.columns.values() ?? []) if (element.contains(answer)) this.open?.read(tab);
  }

  /** What goes on in the columns has changed. */
  show() {
    this.open?.show();
    this.metrics.watch(this.open);
  }

  /** @param {{id: string, newest: string[]}} comparison as the server has it @returns {boolean} whether it stands so on this page */
  shows({ id, newest }) {
    const ends = [...(this.open?.columns.values() ?? [])].map(({ answers }) => answers.at(-1)?.element.dataset.message);
    return this.open?.id === id && ends.length === newest.length && ends.every((end) => end !== undefined && newest.includes(end));
  }

  /** Shows a comparison of this page that has no ids yet. @param {Sending} entry */
  expect(entry) {
    const { thread, picker, follower } = this.parts;
    if (this.pending.has(entry.client_id)) return;
    const [prompt, columns] = [thread.addPrompt(entry.text, null, entry.files), new Columns()];
    prompt.after(columns.element);
    (entry.payers ?? []).forEach(({ session: id, model }, number) => {
      const session = picker.sessions.find((other) => other.id === id);
      if (session) this.add(columns, number, session, model ?? session.default_model);
    });
    this.pending.set(entry.client_id, { prompt, columns });
    this.columns = columns;
    this.show();
    follower.jump();
  }

  /** An empty answer in a column, in place of what stood there unless it `goesOn` from that.
   * @param {Columns} columns @param {number} number @param {SessionFace} session @param {string} model @param {boolean} [goesOn] */
  add(columns, number, session, model, goesOn = false) {
    const column = columns.open(number, session, model);
    if (!goesOn) for (const answer of column.answers.splice(0)) this.parts.thread.drop(answer);
    const answer = this.parts.thread.place(/** @type {HTMLElement} */ (part(column.element, "answers")), session, model);
    column.answers.push(answer);
    return answer;
  }

  /** The server has stored a comparison of this page. @param {Frame} frame its answer to `compare` */
  acknowledged(frame) {
    const pair = this.pending.get(String(frame.ref));
    this.pending.delete(String(frame.ref));
    if (!pair) return;
    if (!pair.columns.id && this.parts.thread.has(frame.user_message)) return this.drop(pair); // it came with the page already
    pair.columns.element.dataset.comparison = frame.comparison;
    frame.answers.forEach((/** @type {Ids} */ ids, /** @type {number} */ number) => {
      const answer = pair.columns.columns.get(number)?.answers[0];
      if (answer && !answer.generation) this.bind(answer, { ...ids, user: frame.user_message }, pair.prompt);
    });
    this.show();
  }

  /** An answer began in a column. @param {Frame} frame @returns {boolean} false: this page does not show that comparison */
  started(frame) {
    const { column, session, model, id } = frame.message;
    const pair = this.pending.get(frame.client_id ?? "");
    if (pair) pair.columns.element.dataset.comparison = column.comparison;
    const columns = this.open;
    if (!columns || columns.id !== column.comparison) return false;
    const waiting = columns.open(column.number, session, model).answers.find((answer) => !answer.generation);
    const goesOn = frame.after !== null && columns.numberOf(frame.after) === column.number;
    const answer = waiting ?? this.add(columns, column.number, session, model, goesOn);
    this.bind(answer, { user: frame.user_message?.id, message: id, generation: frame.generation }, pair?.prompt);
    this.show();
    this.parts.follower.follow();
    return true;
  }

  /** The server refused a comparison of this page. @param {string} clientId */
  forget(clientId) {
    const pair = this.pending.get(clientId);
    this.pending.delete(clientId);
    if (pair && !pair.columns.id) this.drop(pair);
  }

  /** @param {Pair} pair */
  drop({ prompt, columns }) {
    for (const answer of columns.answers) this.parts.thread.drop(answer);
    columns.element.remove();
    prompt.remove();
    this.read();
  }

  /** The conversation goes on with this message: if it stands in a column, that one is picked. @param {string | null} messageId */
  goOn(messageId) {
    const columns = this.open;
    const number = columns?.numberOf(messageId ?? "");
    if (!columns || number === undefined) return;
    const { thread, onDecided } = this.parts;
    const chosen = /** @type {import("./columns.js").Column} */ (columns.columns.get(number));
    const faces = [...columns.columns].filter(([other]) => other !== number).map(([, column]) => Columns.face(column));
    for (const answer of columns.answers) if (!chosen.answers.includes(answer)) thread.drop(answer);
    columns.element.after(...chosen.answers.map((answer) => answer.element));
    columns.element.remove();
    this.columns = null;
    this.show();
    if (faces.length) part(chosen.answers[0].element, "acts")?.before(comparedWith(faces));
    onDecided(/** @type {Answer} */ (chosen.answers.at(-1)));
  }
}
