// @ts-check
// Addresses in running text: GFM's extended autolinks (https://, www., mail), and those in angle brackets.

/** @typedef {import("./nodes.js").Inline} Inline */

// Up to a blank, "<", a backtick, punctuation of scripts that write no blanks, or the mark of a source.
const BARE = /(?:https?:\/\/|www\.)[^\s<>"\\^`{|}\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\u2018-\u201d\ue200]*/iy;
const TRAILING = "?!.,:;*_~'\"]}";
const REFERENCE = /&[a-z0-9]{2,32};$/i;
const ANGLED = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*)>/iy;
const MAIL = /(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z0-9]*[a-z0-9](?![\w-])/gi;

/** @param {string} text @param {number} at @returns {{node: Inline, end: number} | null} */
export function bareAt(text, at) {
  BARE.lastIndex = at;
  const shown = trimmed(BARE.exec(text)?.[0] ?? "");
  if (!/^(?:https?:\/\/[^/?#]|www\.[^.])/i.test(shown)) return null;
  const href = /^www/i.test(shown) ? `http://${shown}` : shown;
  return { node: { kind: "link", href, kids: [shown] }, end: at + shown.length };
}

/** Without the punctuation that belongs to the sentence. @param {string} address */
function trimmed(address) {
  let end = address.length;
  let surplus = address.split(")").length - address.split("(").length; // brackets that close nothing
  while (end > 0) {
    const last = address[end - 1];
    if (last === ")" && surplus > 0) surplus -= 1;
    else if (!TRAILING.includes(last)) break;
    end -= last === ";" ? REFERENCE.exec(address.slice(Math.max(0, end - 34), end))?.[0].length ?? 1 : 1;
  }
  return address.slice(0, end);
}

/** @param {string} text @param {number} at @returns {{node: Inline, end: number} | null} */
export function angledAt(text, at) {
  ANGLED.lastIndex = at;
  const found = ANGLED.exec(text);
  if (!found) return null;
  const href = /^[a-z][a-z0-9+.-]{1,31}:/i.test(found[1]) ? found[1] : `mailto:${found[1]}`;
  return { node: { kind: "link", href, kids: [found[1]] }, end: ANGLED.lastIndex };
}

/** Mail addresses of a piece of text. @param {string} text @returns {Inline[]} */
export function withMail(text) {
  if (!text.includes("@")) return [text];
  /** @type {Inline[]} */
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(MAIL)) {
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push({ kind: "link", href: `mailto:${found[0]}`, kids: [found[0]] });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
