// @ts-check
// One polite voice for screen readers: starts and ends, never every token.

/** @param {string} sentence */
export function say(sentence) {
  const place = document.getElementById("said");
  if (place) place.textContent = sentence;
}
