// @ts-check
// The line above an answer: tokens, how many of them came from the cache, cost, time to first token. Badge, session and model are in the markup.
import { count, money, seconds, share, UNKNOWN } from "./format.js";
import { gettext, ngettext } from "./gettext.js";

/** @typedef {{input: number | null, output: number | null, cached?: number | null, cost: string | null, currency?: string, firstToken: number | null, writing?: number | null}} Figures
 *   `firstToken` and `writing` in seconds: to the first content, and from there to the end */

/** @param {Element} answer @param {string} part @param {string} text @param {string} [title] */
function put(answer, part, text, title) {
  const place = answer.querySelector(`.meta [data-part="${part}"]`);
  if (!place) return;
  if (place.textContent !== text) place.textContent = text; // deltas come often
  if (title) place.setAttribute("title", title);
}

/** @param {string | null} cost @param {string | undefined} currency */
function priced(cost, currency) {
  const shown = money(cost, currency);
  return shown === UNKNOWN ? gettext("cost %(cost)s", { cost: UNKNOWN }) : shown;
}

/** @param {Element} answer @param {Figures} figures */
export function showFigures(answer, { input, output, cached = null, cost, currency, firstToken }) {
  const total = (input ?? 0) + (output ?? 0);
  const known = total > 0; // an answer that never began has nothing to count
  const [read, written, fromCache] = [input, output, cached].map((number) => count(number ?? 0));
  put(answer, "tokens", known ? ngettext("%(count)s token", "%(count)s tokens", total, { count: count(total) }) : "", gettext("%(read)s in, %(written)s out", { read, written }));
  put(answer, "cached", cached && input ? gettext("%(share)s from cache", { share: share(cached, input) }) : "", gettext("%(fromCache)s of %(read)s tokens read from the provider’s cache", { fromCache, read }));
  put(answer, "cost", known ? priced(cost, currency) : "", money(cost) === UNKNOWN ? gettext("The price of this model is not known") : gettext("Cost of this answer"));
  put(answer, "first", firstToken === null ? "" : gettext("%(time)s to first token", { time: seconds(firstToken) }));
}

/** All input together, cached or not, and the output. @param {import("./types.js").Usage} usage */
export function figuresOf(usage) {
  const input = (usage.input_tokens ?? 0) + (usage.cache_write_tokens ?? 0) + (usage.cache_read_tokens ?? 0);
  return { input, output: usage.output_tokens ?? 0, cached: usage.cache_read_tokens ?? 0 };
}

/** Fills the line of a message that the server rendered. @param {Element} answer @returns {Figures} */
export function showStoredFigures(answer) {
  const data = /** @type {HTMLElement | null} */ (answer.querySelector(".meta"))?.dataset ?? {};
  /** @param {string | undefined} text */
  const number = (text) => (text ? Number(text) : null);
  const figures = {
    input: number(data.tokensIn), output: number(data.tokensOut), cached: number(data.tokensCached), cost: data.cost || null,
    firstToken: number(data.firstToken), writing: number(data.writing),
  };
  showFigures(answer, figures);
  return figures;
}

/** What goes on right now, in words; empty when the answer is over. @param {Element} answer @param {string} words */
export function showProgress(answer, words) {
  put(answer, "progress", words);
}
