// @ts-check
// Sentences in the reader's language. The page's catalogue (maestro/languages.py) makes Django's functions global; a page
// in English has none, and a sentence that it lacks stays as it is written. Texts are literals: `make messages` finds them.

const catalogue = /** @type {{
 *   gettext?: (text: string) => string, ngettext?: (one: string, many: string, count: number) => string,
 * }} */ (/** @type {unknown} */ (globalThis));

/** @param {string} text @param {Record<string, unknown>} [values] for `%(name)s` in it: `gettext("Sent by %(name)s", { name })` */
export function gettext(text, values) {
  return interpolate(catalogue.gettext?.(text) ?? text, values);
}

/** @param {string} one @param {string} many @param {number} count which of them it is @param {Record<string, unknown>} [values] */
export function ngettext(one, many, count, values = { count }) {
  return interpolate(catalogue.ngettext?.(one, many, count) ?? (count === 1 ? one : many), values);
}

/** @param {string} text @param {Record<string, unknown>} [values] */
function interpolate(text, values) {
  return values ? woven(text, values).join("") : text;
}

/** A translated sentence as a list, with values that are elements in it. @param {string} text @param {Record<string, any>} values @returns {any[]} */
export function woven(text, values) {
  return text.split(/%\((\w+)\)s/).flatMap((piece, index) => (index % 2 ? values[piece] : piece));
}
