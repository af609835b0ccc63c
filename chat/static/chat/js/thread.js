// @ts-check
// The messages on the page: finds them, adds them, gives each its buttons. Markup comes from the page's templates.
import { Answer } from "./answer.js";
import { byId } from "./dom.js";
import { newAnswer, newPrompt } from "./dress.js";
import { nameModels } from "./models.js";
import { cutLong } from "./pieces.js";
import { ReadingAloud } from "./reading_aloud.js";

/** @typedef {import("./types.js").SessionFace} SessionFace */
/** @typedef {import("./types.js").FileView} FileView */

export class Thread {
  constructor() {
    this.root = byId("messages", HTMLElement);
    /** @type {Answer[]} */ this.answers = [];
    this.readingAloud = new ReadingAloud(() => this.answers.filter((answer) => answer.running).length);
    for (const element of this.root.querySelectorAll(".answer")) this.adopt(/** @type {HTMLElement} */ (element));
    cutLong(this.root.children);
  }

  /** @param {HTMLElement} element */
  adopt(element) {
    const answer = new Answer(element);
    answer.onText = (text) => this.readingAloud.hear(answer, text);
    this.answers.push(answer);
    return answer;
  }

  /** @param {string} generation */
  byGeneration(generation) {
    return this.answers.find((answer) => answer.generation === generation);
  }

  get running() {
    return this.answers.find((answer) => answer.running);
  }

  /** Those that the server knows, in order. */
  get messages() {
    return /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll(":scope > [data-message]")]);
  }

  /** The same and answers side by side, which stand or go together. */
  get units() {
    return /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll(":scope > :is([data-message], [data-comparison])")]);
  }

  /** @param {string} messageId */
  has(messageId) {
    return this.root.querySelector(`[data-message="${CSS.escape(messageId)}"]`) !== null;
  }

  /** The id of the last message that has one. */
  get last() {
    return this.messages.at(-1)?.dataset.message ?? "";
  }

  /** A question and its answer that have no ids yet. @param {{text: string, files?: FileView[], session: SessionFace, model: string}} what */
  addPair(what) {
    const answer = this.add(what, null);
    return { prompt: /** @type {HTMLElement} */ (answer.element.previousElementSibling), answer };
  }

  /**
   * Adds the place where an answer will grow, and its question unless `text` is null; by default before what has no
   * ids yet.
   * @param {{text: string | null, files?: FileView[], session: SessionFace, model: string}} what @param {Element | null} [before]
   */
  add({ text, files = [], session, model }, before = this.afterLast) {
    if (text !== null) this.addPrompt(text, before, files);
    return this.place(this.root, session, model, before);
  }

  /** A question. @param {string} text @param {Element | null} [before] @param {FileView[]} [files] */
  addPrompt(text, before = null, files = []) {
    document.getElementById("empty")?.remove();
    return this.root.insertBefore(newPrompt(text, files), before);
  }

  /** The place where an answer will grow. @param {Element} root @param {SessionFace} session @param {string} model @param {Element | null} [before] */
  place(root, session, model, before = null) {
    document.getElementById("empty")?.remove();
    return this.adopt(root.insertBefore(newAnswer(session, model), before));
  }

  /** What has no ids yet stands behind all that has. */
  get afterLast() {
    return this.root.querySelector(":scope > :not([data-message], [data-comparison])");
  }

  /** Adds what the server rendered. @param {HTMLElement[]} units @param {Element | null} [before] @returns {Answer[]} the answers in it */
  append(units, before = this.afterLast) {
    cutLong(units);
    for (const unit of units) this.root.insertBefore(unit, before);
    const answers = units.flatMap((unit) => (unit.matches(".answer") ? [unit] : [...unit.querySelectorAll(".answer")]));
    return answers.map((answer) => this.adopt(/** @type {HTMLElement} */ (answer)));
  }

  /** Takes away what stood behind a message: it belongs to another branch now. @param {string | null} messageId */
  cutAfter(messageId) {
    const { units } = this;
    const last = messageId === null ? null : this.root.querySelector(`[data-message="${CSS.escape(messageId)}"]`);
    const kept = units.findIndex((one) => last && one.contains(last)) + 1;
    const gone = units.slice(kept);
    this.answers = this.answers.filter((answer) => !gone.some((one) => one.contains(answer.element)));
    for (const element of gone) element.remove();
  }

  /** The same for the last message that is left; without any, the page begins anew. @param {string | null} messageId */
  endWith(messageId) {
    const had = this.units.length;
    this.cutAfter(messageId);
    if (had && !this.root.firstElementChild) location.reload();
  }

  /** Shows the models by their names, once these are known. */
  nameModels() {
    nameModels(this.root);
  }

  /** Takes away an answer and its question. @param {Answer} answer */
  forget(answer) {
    answer.element.previousElementSibling?.remove();
    this.drop(answer);
  }

  /** @param {Answer} answer */
  drop(answer) {
    this.answers = this.answers.filter((other) => other !== answer);
    answer.element.remove();
  }
}
