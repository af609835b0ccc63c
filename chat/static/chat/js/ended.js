// @ts-check
// How an answer ended when it did not end well, in words: what happened, what the provider said, what to do.

import { say } from "./announce.js";
import { countDown } from "./countdown.js";
import { part, put } from "./dom.js";
import { gettext } from "./gettext.js";

/** @typedef {import("./types.js").Failure} Failure */

/** @type {Record<string, string>} */
const TITLES = {
  failed: gettext("The answer failed."),
  interrupted: gettext("The answer was cut off. What arrived is kept."),
  stopped: gettext("You stopped this answer."),
};
/** Endings that the provider counts as complete but a reader would wonder about: what happened, and what to do.
 * @type {Record<string, [string, string]>} */
const REASONS = {
  max_tokens: [gettext("The answer reached its length limit."), gettext("Continue lets the model go on; the settings of the chat have a longer limit.")],
  model_context_window_exceeded: [
    gettext("The conversation no longer fits into the model's context."), gettext("Begin a new chat, delete what is not needed any more, or go on with a model that takes more."),
  ],
  refusal: [gettext("The model declined to answer."), gettext("Edit the message, or try again with another model.")],
  pause_turn: [gettext("The provider paused a long turn."), gettext("Continue lets the model go on.")],
  tool_use: [gettext("The model asked for a tool that this chat does not run."), gettext("Edit the message, or try again.")],
};
const ENDS_WELL = new Set(["", "end_turn", "stop_sequence"]);

/** @param {string} reason @returns {[string, string]} */
function wordsFor(reason) {
  if (ENDS_WELL.has(reason)) return ["", ""];
  return REASONS[reason] ?? [gettext("The provider stopped the answer and gave “%(reason)s” as its reason.", { reason }), ""];
}

/**
 * @param {Element} answer
 * @param {string} status complete, stopped, interrupted or failed
 * @param {Failure | null | undefined} error
 * @param {{reason: string, explanation?: string | null} | null} [stopReason]
 */
export function showEnding(answer, status, error, stopReason) {
  const [why, advice] = status === "complete" ? wordsFor(stopReason?.reason ?? "") : [TITLES[status] ?? "", ""];
  const box = part(answer, "trouble");
  if (!box) return;
  box.hidden = !why;
  put(answer, "trouble-title", why);
  put(answer, "trouble-message", error?.message ?? stopReason?.explanation ?? "");
  put(answer, "trouble-advice", error?.advice ?? advice);
  put(answer, "trouble-facts", error ? factsOf(error) : "");
  if (error?.retry_after) countDownIn(answer, Date.now() + error.retry_after * 1000);
}

/** For those who do not see it. @param {HTMLElement} answer @param {string} next what to do now */
export function sayEnding(answer, next) {
  const name = part(answer, "name")?.textContent ?? gettext("The session");
  const ending = answer.dataset.status === "complete" ? gettext("%(name)s has answered.", { name }) : gettext("The answer of %(name)s ended early.", { name });
  say(`${ending} ${next}`.trim());
}

/** When the provider takes requests again. @param {Element} answer @param {number} until milliseconds since 1970 */
export function countDownIn(answer, until) {
  const place = part(answer, "trouble-when");
  if (place && until > Date.now()) {
    place.dataset.until = new Date(until).toISOString();
    countDown(place, until, { before: (left) => gettext("The provider takes requests again in %(left)s.", { left }), after: gettext("The provider takes requests again now.") });
  }
}

/** @param {Failure} error */
function factsOf(error) {
  return [error.kind, error.request_id ? gettext("request %(id)s", { id: error.request_id }) : ""].filter(Boolean).join(" · ");
}
