// @ts-check
// The fields of the settings drawer: for which models each is there, what it holds, and what is wrong with that.
import { byId } from "./dom.js";
import { count } from "./format.js";
import { gettext } from "./gettext.js";

/** @typedef {import("./models.js").Model} Model */
/** @typedef {import("./types.js").ChatSettings} ChatSettings */
/** @typedef {string | number | boolean | null} Value */
/** @typedef {{name: keyof ChatSettings, box: HTMLElement, fits: (model: Model | null) => void, read: () => Value,
 *   write: (value: Value) => void, problem: () => string}} Field
 *   `fits` shows what this model takes; `problem` is a sentence about what the field holds, or "" */

/** @param {string} id @returns {HTMLElement} the element around a field and its words */
const boxOf = (id) => byId(`${id}-box`, HTMLElement);

/** One of several words, of which a model takes some. @param {"effort" | "thinking"} name @param {(model: Model) => string[] | null} taken @returns {Field} */
function choice(name, taken) {
  const box = boxOf(`set-${name}`);
  const radios = /** @type {HTMLInputElement[]} */ ([...box.querySelectorAll("input")]);
  return {
    name, box,
    fits: (model) => {
      const words = (model && taken(model)) ?? [];
      box.hidden = words.length === 0;
      for (const radio of radios) if (radio.parentElement) radio.parentElement.hidden = radio.value !== "" && !words.includes(radio.value);
    },
    read: () => radios.find((radio) => radio.checked)?.value || null,
    write: (value) => radios.forEach((radio) => (radio.checked = radio.value === (value ?? ""))),
    problem: () => "",
  };
}

/** A number in a range. @param {"max_tokens" | "temperature"} name @param {(model: Model | null) => number | null} most the model's, null: not taken
 * @param {(range: string) => string} words @returns {Field} */
function number(name, most, words) {
  const id = `set-${name}`;
  const input = byId(id, HTMLInputElement);
  const box = boxOf(id);
  const range = () => gettext("%(least)s to %(most)s", { least: count(Number(input.min)), most: count(Number(input.max)) });
  return {
    name, box,
    fits: (model) => {
      const limit = most(model);
      box.hidden = limit === null;
      input.max = String(limit ?? "");
      byId(`${id}-help`, HTMLElement).textContent = words(range());
    },
    read: () => (input.value.trim() === "" ? null : Number(input.value)),
    write: (value) => (input.value = value === null ? "" : String(value)),
    problem: () => (box.hidden || input.checkValidity() ? "" : gettext("%(field)s is a number from %(range)s.", { field: input.labels?.[0]?.textContent, range: range() })),
  };
}

/** @returns {Field} */
function system() {
  const box = byId("set-system", HTMLTextAreaElement);
  return {
    name: "system", box: boxOf("set-system"), fits: () => {},
    read: () => box.value.trim(), write: (value) => (box.value = String(value ?? "")), problem: () => "",
  };
}

/** @returns {Field} */
function cache() {
  const tick = byId("set-cache", HTMLInputElement);
  const box = boxOf("set-cache");
  const usual = tick.checked; // as the operator set it
  return {
    name: "cache", box,
    fits: (model) => (box.hidden = model?.prompt_cache !== true),
    read: () => (tick.checked === usual ? null : tick.checked),
    write: (value) => (tick.checked = value === null ? usual : Boolean(value)),
    problem: () => "",
  };
}

const MOST_TOKENS = 10_000_000; // what the server takes where a model's own limit is unknown

/** @returns {Field[]} in the order of the page */
export function drawerFields() {
  return [
    system(),
    choice("effort", (model) => model.efforts),
    choice("thinking", (model) => model.thinking_modes),
    number("max_tokens", (model) => model?.max_output_tokens ?? MOST_TOKENS, (range) => gettext("%(range)s. Empty: as much as is usual for the model.", { range })),
    number("temperature", (model) => (model?.sampling ? model.max_temperature : null), (range) => gettext("%(range)s. Empty: the model's own. Not used while it thinks.", { range })),
    cache(),
  ];
}
