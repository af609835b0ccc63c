// @ts-check
// Rows of a GFM table as text: its cells, and what the row of dashes says about alignment.

/** The cells of a row; `\|` is a bar inside one, in code, too. @param {string} row @returns {string[]} */
export function cellsOf(row) {
  const trimmed = row.trim().replace(/^\|/, "");
  const cells = trimmed.split(/(?<!\\)\|/);
  if (cells.length > 1 && cells[cells.length - 1].trim() === "") cells.pop(); // behind the last bar
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** @param {string} row @returns {string[] | null} for each column "", "left", "center" or "right"; null if it is no such row */
export function alignmentsOf(row) {
  const cells = cellsOf(row);
  if (!cells.every((cell) => /^:?-+:?$/.test(cell))) return null;
  return cells.map((cell) => {
    const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
    return left && right ? "center" : right ? "right" : left ? "left" : "";
  });
}
