// @ts-check
// Says how long until something works again, second by second, and that it may work when the time has come.
import { gettext } from "./gettext.js";

/** @param {number} seconds */
export function span(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  // no-break spaces: a number and its unit stay together
  const values = { hours: Math.floor(left / 3600), minutes: Math.floor((left % 3600) / 60), seconds: left % 60 };
  if (left < 60) return gettext("%(seconds)s\u00a0s", values);
  if (left < 3600) return gettext("%(minutes)s\u00a0min %(seconds)s\u00a0s", values);
  return gettext("%(hours)s\u00a0h %(minutes)s\u00a0min", values);
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
