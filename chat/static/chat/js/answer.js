// @ts-check
// One answer on the page: what it is made of. What each event does to it is in answer_acts.js; where events come from is not its business.
import { ACTS } from "./answer_acts.js";
import { Blocks } from "./blocks.js";
import { startAfter } from "./cursor.js";
import { part } from "./dom.js";
import { countDownIn, showEnding } from "./ended.js";
import { gettext } from "./gettext.js";
import { MarkdownStream, upgrade } from "./markdown/stream.js";
import { showProgress, showStoredFigures } from "./meta.js";
import { Passages } from "./passages.js";
import { Sources } from "./sources.js";
import { Thinking } from "./thinking.js";

/** @typedef {import("./types.js").AnswerEvent} AnswerEvent */

export class Answer {
  /** @param {HTMLElement} element rendered by the server or cloned from its template */
  constructor(element) {
    this.element = element;
    this.generation = element.dataset.generation ?? "";
    this.cursor = startAfter(Number(element.dataset.seq ?? 0));
    this.waitingForSnapshot = false;
    this.blocks = new Blocks(/** @type {HTMLElement} */ (part(element, "blocks")));
    this.onText = (/** @type {string | null} */ _text) => {}; // a piece of the text, null at the end
    this.thinking = new Thinking(element);
    this.sources = new Sources(element);
    /** @type {{kind: string, message: string, delay: number, until: number} | null} */ this.retrying = null;
    const text = /** @type {HTMLElement} */ (part(element, "text"));
    this.markdown = text.hasAttribute("data-markdown") ? upgrade(text) : new MarkdownStream(text);
    this.passages = new Passages((written) => this.markdown.write(written), {
      hasText: this.source !== "", endsInText: element.dataset.endsInText !== undefined,
    });
    /** @type {import("./meta.js").Figures} as far as they are known */ this.figures = showStoredFigures(element);
    this.size = 0; // characters of text and thoughts that came while this page looked
    this.bornAt = this.generation ? 0 : performance.now(); // 0: before this page
    this.firstAt = 0; // of the first of them
    if (this.running) showProgress(element, this.source ? gettext("writing…") : gettext("waiting…"));
    else this.close();
  }

  get running() {
    return this.element.dataset.status === "streaming";
  }

  get source() {
    return this.markdown.source;
  }

  /** @param {AnswerEvent} event */
  apply(event) {
    this.retrying = null;
    const text = event.text ?? event.partial_json;
    if (text) {
      this.size += text.length;
      this.firstAt ||= performance.now();
    }
    ACTS[event.type]?.(this, event); // newer event types are skipped, as everywhere
  }

  /** It comes again from its start. */
  clear() {
    const text = /** @type {HTMLElement} */ (part(this.element, "text"));
    this.markdown.waiting = ""; // else its next flush would write into the new text
    text.replaceChildren();
    part(this.element, "blocks")?.replaceChildren();
    this.thinking.clear();
    this.sources.clear();
    this.markdown = new MarkdownStream(text);
    this.blocks = new Blocks(/** @type {HTMLElement} */ (part(this.element, "blocks")));
    this.passages = new Passages((written) => this.markdown.write(written), { hasText: false, endsInText: true });
  }

  /** For a text that is over: closes what it left open. */
  close() {
    this.markdown.end();
    const { status, stopReason = "", stopExplanation = "" } = this.element.dataset;
    const failed = this.element.querySelector("[data-part=trouble]:not([hidden])");
    countDownIn(this.element, Date.parse(part(this.element, "trouble-when")?.dataset.until ?? ""));
    if (status && !failed) showEnding(this.element, status, null, { reason: stopReason, explanation: stopExplanation });
  }
}
