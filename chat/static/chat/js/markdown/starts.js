// @ts-check
// What the beginning of a line opens: CommonMark's blocks, GFM's tables and footnotes, and formulas. Pure. Where more
// characters could change the answer it is "maybe", so a line that is still arriving gives what the whole line gives.
import { eat, indentOf, isBlank } from "./lines.js";
import { alignmentsOf, cellsOf } from "./table_rows.js";

/** @typedef {import("./lines.js").Place} Place */
/** @typedef {{complete: boolean, indent: number, paragraph: string | null, deep: boolean}} Around
 *   `complete`: the line's end is there; `indent`: columns before it; `paragraph`: the text that it would interrupt; `deep`: no more containers */
/** @typedef {Place & {kind: string, marker?: string, number?: number, indent?: number, level?: number, info?: string, label?: string,
 *   header?: string, align?: string[]}} Start */
/** @typedef {(place: Place, around: Around) => Start | "maybe" | null} Reader */

const LONGEST = 1000; // characters; longer lines are never a fence, a rule or an underline, so that none is read over and over

/** @type {Reader} */
function quote({ rest, column }, { deep }) {
  if (rest[0] !== ">" || deep) return null;
  return { kind: "quote", ...eat({ rest: rest.slice(1), column: column + 1 }, 1) };
}

/** @type {Reader} */
function heading({ rest, column }, { complete }) {
  const marks = /^#{1,6}(?=[ \t]|$)/.exec(rest)?.[0];
  if (!marks) return null;
  if (!complete && marks.length === rest.length) return "maybe";
  return { kind: "heading", level: marks.length, rest: rest.slice(marks.length).trimStart(), column };
}

/** @type {Reader} */
function fence({ rest, column }, { complete, indent }) {
  if (rest.length > LONGEST) return null;
  if (!complete) return /^(?:`{1,2}$|~{1,2}$|`{3,}[^`]*$|~{3})/.test(rest) ? "maybe" : null;
  const found = /^(`{3,})([^`]*)$/.exec(rest) ?? /^(~{3,})(.*)$/.exec(rest);
  return found && { kind: "fence", marker: found[1], info: found[2].trim(), indent, rest: "", column };
}

/** @type {Reader} */
function underline({ rest, column }, { complete, paragraph }) {
  if (!paragraph || rest.length > LONGEST || !/^(?:=+|-+)[ \t]*$/.test(rest)) return null;
  return complete ? { kind: "underline", level: rest[0] === "=" ? 1 : 2, rest: "", column } : "maybe";
}

/** @type {Reader} */
function table({ rest, column }, { complete, paragraph }) {
  if (!paragraph || rest.length > LONGEST || !/^[|:-][|:\- \t]*$/.test(rest)) return null;
  const header = paragraph.slice(paragraph.lastIndexOf("\n") + 1);
  if (!header.includes("|") && !/[|:]/.test(rest)) return null;
  if (!complete) return "maybe";
  const align = alignmentsOf(rest);
  return align && align.length === cellsOf(header).length ? { kind: "table", header, align, rest: "", column } : null;
}

/** @type {Reader} */
function rule({ rest, column }, { complete }) {
  if (rest.length > LONGEST || !/^([-*_])(?:[ \t]*\1)*[ \t]*$/.test(rest)) return null;
  if (!complete) return "maybe";
  return rest.replace(/[ \t]/g, "").length >= 3 ? { kind: "rule", rest: "", column } : null;
}

/** @type {Reader} */
function item({ rest, column }, { complete, indent, paragraph, deep }) {
  const found = deep ? null : /^(?:[-+*]|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(rest);
  if (!found) return !complete && !deep && /^\d{1,9}$/.test(rest) ? "maybe" : null;
  const [marker, number] = found;
  const after = { rest: rest.slice(marker.length), column: column + marker.length };
  const empty = isBlank(after.rest);
  if (empty && !complete) return "maybe";
  if (paragraph !== null && (empty || (number && Number(number) !== 1))) return null;
  const blanks = indentOf(after);
  const width = empty || blanks > 4 ? 1 : blanks;
  const start = { kind: "item", marker: marker[marker.length - 1], number: number ? Number(number) : undefined, indent: indent + marker.length + width };
  return { ...start, ...eat(after, width) };
}

/** @type {Reader} */
function footnote({ rest, column }, { complete, deep }) {
  if (deep || rest[0] !== "[") return null;
  const found = /^\[\^([^\]\s[]{1,64})\]:/.exec(rest);
  if (!found) return !complete && /^\[(?:\^[^\]\s[]{0,64}\]?)?$/.test(rest) ? "maybe" : null;
  return { kind: "footnote", label: found[1], ...eat({ rest: rest.slice(found[0].length), column: column + found[0].length }, 100) };
}

/** @type {Reader} */
function math({ rest, column }, { complete }) {
  if (!/^(?:\$\$|\\\[)[ \t]*$/.test(rest)) return !complete && /^(?:\$|\\)$/.test(rest) ? "maybe" : null;
  return complete ? { kind: "math", marker: rest.trim(), rest: "", column } : "maybe";
}

/** @type {Reader[]} in order of precedence */
const READERS = [quote, heading, fence, underline, table, rule, item, footnote, math];

/** @type {Reader} what opens at this place, which is behind the blanks */
export function startAt(place, around) {
  for (const read of READERS) {
    const start = read(place, around);
    if (start) return start;
  }
  return null;
}
