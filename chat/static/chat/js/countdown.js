// @ts-check
// Says how long until something works again, second by second, and that it may work when the time has come.

/** @param {number} seconds */
export function span(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  // no-break spaces: a number and its unit stay together
  if (left < 60) return `${left}\u00a0s`;
  if (left < 3600) return `${Math.floor(left / 60)}\u00a0min ${left % 60}\u00a0s`;
  return `${Math.floor(left / 3600)}\u00a0h ${Math.floor((left % 3600) / 60)}\u00a0min`;
}

/**
 * Counts down in an element until it leaves the page.
 * @param {HTMLElement} place
 * @param {number} until milliseconds since 1970
 * @param {{before: (left: string) => string, after: string, onPassed?: () => void}} words `onPassed`: the time has come
 */
export function countDown(place, until, { before, after, onPassed }) {
  const isAhead = until > Date.now();
  const tell = () => {
    const left = (until - Date.now()) / 1000;
    const words = left > 0 ? before(span(left)) : after;
    if (place.textContent !== words) place.textContent = words;
    if (left <= 0 || !place.isConnected) clearInterval(ticking);
    if (left <= 0 && isAhead && place.isConnected) onPassed?.();
  };
  const ticking = setInterval(tell, 1000);
  tell();
}
