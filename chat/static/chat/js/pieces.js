// @ts-check
// A long question stands in pieces, cut at ends of lines: a browser lays out a whole text at once, 0.15 s for 200,000
// characters, and of pieces only those in sight. An end of line at which it is cut is not in the page: the end of the
// piece is one, also to who selects and copies.

const PIECE = 4096; // characters; a piece goes on to the end of its line

/** @param {string} text @returns {string[]} joined by ends of lines they are the text */
export function piecesOf(text) {
  const pieces = [];
  let start = 0;
  for (let end = endOfLine(text, start); end >= 0; end = endOfLine(text, start)) {
    pieces.push(text.slice(start, end));
    start = end + 1;
  }
  return [...pieces, text.slice(start)];
}

/** Where the piece that begins at `start` ends; -1: with the text. An empty line that ended a piece would not be seen.
 * @param {string} text @param {number} start */
function endOfLine(text, start) {
  let end = text.indexOf("\n", start + PIECE);
  while (end >= 0 && text[end - 1] === "\n") end = text.indexOf("\n", end + 1);
  return end;
}

/** The text of a question, as it was written. @param {HTMLElement | null} bubble */
export function questionIn(bubble) {
  const pieces = bubble?.classList.contains("long") ? [...bubble.children] : [bubble];
  return pieces.map((piece) => piece?.textContent ?? "").join("\n");
}

/** Shows a question. @param {HTMLElement} bubble @param {string} text */
export function showQuestion(bubble, text) {
  const pieces = piecesOf(text);
  bubble.classList.toggle("long", pieces.length > 1);
  if (pieces.length < 2) bubble.textContent = text;
  else bubble.replaceChildren(...pieces.map(pieceWith));
}

/** Cuts the long ones of those that came from the server. @param {Iterable<Element>} messages */
export function cutLong(messages) {
  for (const message of messages) {
    const bubble = /** @type {HTMLElement | null} */ (message.matches(".you") ? message.querySelector(":scope > .bubble") : null);
    const text = bubble?.textContent ?? "";
    if (bubble && text.length > PIECE) showQuestion(bubble, text);
  }
}

/** @param {string} text */
function pieceWith(text) {
  const piece = document.createElement("div");
  piece.className = "piece";
  piece.textContent = text;
  return piece;
}
