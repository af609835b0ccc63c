// @ts-check
// Numbers and money as the reader writes them; what is unknown is "–", never 0.

export const UNKNOWN = "–";

/** @param {number} value */
export function count(value) {
  return value.toLocaleString();
}

/**
 * @param {string | null | undefined} cost decimal text, for example "0.0123"
 * @param {string} [currency] ISO 4217
 */
export function money(cost, currency = "USD") {
  const value = cost ? Number(cost) : NaN;
  if (Number.isNaN(value)) return UNKNOWN;
  // Small sums keep two digits that mean something: $0.0042, not $0.00.
  const digits = value >= 0.995 || value === 0 ? 2 : Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(value))));
  return value.toLocaleString(undefined, { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: digits });
}

/** @param {number} part @param {number} whole for example "82 %" */
export function share(part, whole) {
  const percent = Math.floor((100 * part) / whole); // 100 % means all of it
  return `${percent.toLocaleString()} %`;
}

/** @param {number} value seconds */
export function seconds(value) {
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 })} s`;
}
