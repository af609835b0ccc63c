// @ts-check
// Headings go down one step at a time, below the answer's own h2, whichever levels the model begins with or skips.

/** @returns {(level: number) => "h3" | "h4" | "h5" | "h6"} */
export function outline() {
  /** @type {number[]} */
  const above = [];
  return (level) => {
    while (above.length > 0 && above[above.length - 1] >= level) above.pop();
    above.push(level);
    return /** @type {const} */ (["h3", "h4", "h5", "h6"])[Math.min(above.length, 4) - 1];
  };
}
