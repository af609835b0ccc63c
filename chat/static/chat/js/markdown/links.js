// @ts-check
// Which addresses of a model's answer may become links. Everything else stays text.

const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/**
 * The address if a person may follow it. Relative ones are refused: they would point into this site.
 * @param {string} raw
 * @returns {URL | null}
 */
export function safeAddress(raw) {
  try {
    const url = new URL(raw.trim());
    return ALLOWED.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** @param {HTMLAnchorElement} anchor @param {string} raw @returns {URL | null} the address it got */
export function pointTo(anchor, raw) {
  const url = safeAddress(raw);
  if (!url) return null;
  anchor.href = url.href;
  anchor.rel = "noopener noreferrer nofollow";
  anchor.target = "_blank";
  return url;
}
