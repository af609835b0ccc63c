// @ts-check
// How long to wait before connecting again. Pure.

const FIRST_S = 0.5;
const LONGEST_S = 15;

/**
 * Doubles from half a second to 15 s; the random half keeps many pages from coming back in the same moment.
 * @param {number} attempt 0 for the first
 * @param {number} [random] in [0, 1)
 * @returns {number} seconds
 */
export function backoff(attempt, random = Math.random()) {
  const ceiling = Math.min(LONGEST_S, FIRST_S * 2 ** attempt);
  return ceiling * (0.5 + random / 2);
}
