// @ts-check
// Where a line belongs: which open containers it goes on in, what it opens there. Pure, so that a line which is still
// arriving can be asked about again and again until the answer is certain.
import { Paragraph } from "./leaves.js";
import { eat, indentOf, isBlank } from "./lines.js";
import { startAt } from "./starts.js";

/** @typedef {import("./lines.js").Place} Place */
/** @typedef {import("./starts.js").Start} Start */
/** @typedef {import("./leaves.js").Leaf} Leaf */
/** @typedef {import("./containers.js").Container} Container */
/** @typedef {{open: Container[], leaf: Leaf | null}} Now what is open: containers from the outermost, and the text in the innermost */
/** @typedef {{depth: number, starts: Start[], rest: string, taken?: import("./leaves.js").Taken}} Plan
 *   `depth`: how many of the containers go on; `starts`: what opens in them; `rest`: the text of the line; `taken`: it belongs to the leaf */

const DEEPEST = 24; // containers in each other; more stay text, so that no page nests without bound
export const CONTAINERS = new Set(["quote", "item", "footnote"]);

/** @param {Now} now @param {string} line @param {boolean} complete it ends here @returns {Plan | null} null: too early to say */
export function planLine({ open, leaf }, line, complete) {
  let place = { rest: line, column: 0 };
  let depth = 1;
  for (; depth < open.length; depth += 1) {
    if (!complete && isBlank(place.rest)) return null;
    const after = open[depth].continues(place, open[depth]);
    if (!after) break;
    place = after;
  }
  if (!complete && isBlank(place.rest)) return null;
  const same = depth === open.length;
  const taken = same ? leaf?.take?.(place, complete) : null;
  if (taken) return taken === "maybe" ? null : { depth, starts: [], rest: "", taken };
  return planStarts(place, { complete, depth, text: leaf instanceof Paragraph ? leaf.text : null, same });
}

/** @param {Place} place @param {{complete: boolean, depth: number, text: string | null, same: boolean}} around @returns {Plan | null} */
function planStarts(place, { complete, depth, text, same }) {
  /** @type {Start[]} */
  const starts = [];
  let here = place;
  while (!isBlank(here.rest)) {
    const first = starts.length === 0;
    const paragraph = first && same ? text : null;
    const start = next(here, { complete, paragraph, deep: depth + starts.length > DEEPEST }, first && text !== null);
    if (start === "maybe") return null;
    if (!start) break;
    starts.push(start);
    here = { rest: start.rest, column: start.column };
    if (!CONTAINERS.has(start.kind)) break;
    if (!complete && isBlank(here.rest)) return null;
  }
  return { depth, starts, rest: here.rest };
}

/**
 * @param {Place} place
 * @param {Omit<import("./starts.js").Around, "indent">} around
 * @param {boolean} lazily the line would go on with a paragraph, so blanks before it mean nothing
 * @returns {Start | "maybe" | null}
 */
function next(place, around, lazily) {
  const indent = indentOf(place);
  if (indent < 4) return startAt(eat(place, indent), { ...around, indent });
  return lazily ? null : { kind: "indented", ...eat(place, 4) };
}
