// @ts-check
// The live model list of a session, fetched once per page and session.
import { gettext } from "./gettext.js";

/** @typedef {{id: string, label: string, max_input_tokens: number | null, max_output_tokens: number | null, lifecycle: string,
 *   price_input: string | number | null, price_output: string | number | null, images: boolean | null, pdfs: boolean | null,
 *   thinking_modes: string[] | null, efforts: string[] | null, sampling: boolean | null, max_temperature: number | null,
 *   prompt_cache: boolean | null}} Model null: the provider does not say */
/** @typedef {{models: Model[], default: string}} Models */

/** @type {Map<string, Promise<Models>>} */
const lists = new Map();
/** @type {Map<string, string>} */
const labels = new Map();

/** The name of a model for people, as far as it is known. @param {string} id */
export function labelOf(id) {
  return labels.get(id) ?? id;
}

/** Shows the models below an element by their names. @param {ParentNode} root */
export function nameModels(root) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('.meta [data-part="model"], [data-named-model]'))) {
    place.textContent = labelOf(place.dataset.namedModel ?? place.textContent ?? "");
  }
}

/** @param {import("./types.js").Session} session @returns {Promise<Models>} rejects with a sentence for people */
export function modelsOf(session) {
  let list = lists.get(session.id);
  if (!list) {
    list = fetchModels(session.models_url);
    list.catch(() => lists.delete(session.id)); // the next look may fare better
    lists.set(session.id, list);
  }
  return list;
}

/** @param {string} url */
async function fetchModels(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
  if (!response) throw new Error(gettext("The server cannot be reached just now."));
  const body = await response.json().catch(() => null);
  if (response.ok && Array.isArray(body?.models)) return learn(/** @type {Models} */ (body));
  throw new Error(String(body?.error?.message ?? body?.message ?? body?.error ?? gettext("The models of this session cannot be listed just now.")));
}

/** @param {Models} answer */
function learn(answer) {
  for (const model of answer.models) labels.set(model.id, model.label);
  return answer;
}

/** @type {Record<string, string>} */
const ENDS = { deprecated: gettext("deprecated"), retired: gettext("retired") };

/** @param {number} tokens for example "200k" or "1M" */
function short(tokens) {
  return tokens.toLocaleString(undefined, { notation: "compact", maximumFractionDigits: 1 });
}

/** What a person wants to know of a model in one line. @param {Model} model */
export function describe(model) {
  const facts = [];
  if (model.max_input_tokens) facts.push(gettext("%(count)s tokens of context", { count: short(model.max_input_tokens) }));
  if (model.price_input != null && model.price_output != null) {
    const [input, output] = [model.price_input, model.price_output].map((price) => `$${Number(price)}`);
    facts.push(gettext("%(input)s in, %(output)s out per million", { input, output }));
  }
  if (model.lifecycle && model.lifecycle !== "active") facts.push(ENDS[model.lifecycle] ?? model.lifecycle);
  return facts.join(" · ");
}
