// @ts-check
// Blanks at the start of a line, counted in columns: a tab reaches to the next multiple of four.

/** @typedef {{rest: string, column: number}} Place what is left of a line, and the column where that begins */

/** How many columns of blanks it begins with. @param {Place} place */
export function indentOf({ rest, column }) {
  let end = column;
  for (const character of rest) {
    if (character === " ") end += 1;
    else if (character === "\t") end += 4 - (end % 4);
    else break;
  }
  return end - column;
}

/** Without up to `columns` columns of blanks; a tab that is cut leaves blanks. @param {Place} place @param {number} columns @returns {Place} */
export function eat({ rest, column }, columns) {
  const goal = column + columns;
  let end = column;
  let at = 0;
  while (end < goal && (rest[at] === " " || rest[at] === "\t")) {
    end += rest[at] === " " ? 1 : 4 - (end % 4);
    at += 1;
  }
  return { rest: " ".repeat(Math.max(0, end - goal)) + rest.slice(at), column: Math.min(end, goal) };
}

/** @param {string} text */
export function isBlank(text) {
  return /^[ \t]*$/.test(text);
}
