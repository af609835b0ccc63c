// @ts-check
// Marks for the sources of an answer: a number between two characters of private use, which passages.js or the server put there.

export const OPEN = "\ue200";
const MARK = /\ue200(\d{1,4})\ue201/y;

/** @param {import("./scan.js").State} state @returns {{node: import("./nodes.js").Inline, end: number} | null} */
export function citedAt({ text, at }) {
  MARK.lastIndex = at;
  const found = MARK.exec(text);
  return found ? { node: { kind: "cite", text: found[1], href: `#source-${found[1]}` }, end: MARK.lastIndex } : null;
}
