// @ts-check
// Sentences in the reader's language. The page's catalogue (maestro/languages.py) makes Django's functions global; a page
// in English has none, and a sentence that it lacks stays as it is written.

const catalogue = /** @type {{
 *   gettext?: (text: string) => string, ngettext?: (one: string, many: string, count: number) => string,
 * }} */ (/** @type {unknown} */ (globalThis));

/** @param {string} text a literal, so that `make messages` finds it */
export function gettext(text) {
  return catalogue.gettext?.(text) ?? text;
}

/** @param {string} one @param {string} many both literals @param {number} count which of them it is */
export function ngettext(one, many, count) {
  return catalogue.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
}

/**
 * Puts values into a translated sentence: `interpolate(gettext("Sent by %(name)s"), { name })`.
 * @param {string} text @param {Record<string, string | number>} values
 */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
