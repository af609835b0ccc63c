// @ts-check
// What each event of a generation does to its answer on the page.
import { wordsOf } from "./blocks.js";
import { part } from "./dom.js";
import { showEnding } from "./ended.js";
import { seconds } from "./format.js";
import { gettext } from "./gettext.js";
import { figuresOf, showFigures, showProgress } from "./meta.js";
import { labelOf } from "./models.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").AnswerEvent} AnswerEvent */

/** @param {Answer} answer @param {AnswerEvent} event */
function addText(answer, event) {
  answer.thinking.rest();
  showProgress(answer.element, gettext("writing…"));
  answer.passages.text(event.index, event.text);
  answer.onText(event.text);
}

/** @param {Answer} answer @param {AnswerEvent} event */
function addThinking(answer, event) {
  answer.passages.interrupt();
  showProgress(answer.element, gettext("thinking…"));
  answer.thinking.add(event);
}

/** @param {Answer} answer @param {AnswerEvent} event */
function addBlock(answer, event) {
  answer.thinking.rest();
  answer.passages.interrupt();
  answer.blocks.put(event.index, wordsOf(event));
}

/** @param {Answer} answer @param {AnswerEvent} event */
function showRetry(answer, { error, delay_s, attempt }) {
  const { kind = "", message = "" } = error ?? {};
  answer.retrying = { kind, message, delay: delay_s * 1000, until: Date.now() + delay_s * 1000 };
  showProgress(answer.element, `${message} ${gettext("Trying again in %(time)s, try %(attempt)s.", { time: seconds(delay_s), attempt })}`.trim());
}

/** @param {Answer} answer @param {AnswerEvent} event */
function end(answer, event) {
  answer.element.dataset.status = event.status;
  answer.element.dataset.stopReason = event.stop_reason?.reason ?? "";
  answer.element.dataset.error = event.error?.kind ?? "";
  answer.thinking.end(event.thinking_s);
  answer.passages.mark();
  answer.markdown.end();
  answer.onText(null);
  showProgress(answer.element, "");
  answer.figures = {
    ...figuresOf(event.usage ?? {}), cost: event.cost, currency: event.currency, firstToken: event.first_token_s ?? null,
    writing: event.writing_s ?? null,
  };
  showFigures(answer.element, answer.figures);
  showEnding(answer.element, event.status, event.error, event.stop_reason);
}

/** @param {Answer} answer @param {AnswerEvent} event */
function nameModel({ element }, { model }) {
  const place = part(element, "model");
  if (place && model) Object.assign(place, { textContent: labelOf(model), title: model });
}

/** @type {Record<string, (answer: Answer, event: AnswerEvent) => void>} */
export const ACTS = {
  message_started: nameModel,
  text_delta: addText,
  thinking_delta: addThinking,
  citation: (answer, event) => answer.passages.cite(event.index, answer.sources.number(event.source ?? {})),
  tool_use_started: addBlock,
  tool_input_delta: (answer, event) => answer.blocks.grow(event.index, event.partial_json),
  tool_use_ready: addBlock,
  block: addBlock,
  retrying: showRetry,
  ended: end,
};
