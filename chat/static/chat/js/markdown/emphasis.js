// @ts-check
// Runs of *, _ and ~ become emphasis, as CommonMark 0.31 and GFM's strikethrough pair them (the rules about flanking,
// the rule of three). One pass over a flat list with a stack of what is open.

/** @typedef {import("./nodes.js").Inline} Inline */
/** @typedef {{run: string, count: number, opens: boolean, closes: boolean, atWord: boolean}} Run `atWord`: stands inside a word */
/** @typedef {{run: Run | null, left: number, kids: Inline[]}} Frame `left`: characters of the run that found no partner yet */

const DEEPEST = 48; // open at once; more stay text, so that no page nests without bound
/** @type {Record<string, string[]>} by how many characters pair */
const KINDS = { "*": ["", "em", "strong"], _: ["", "em", "strong"], "~": ["", "s", "s"] };
const SPACE = /^[\s\u00a0]?$/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
// Between these no spaces are written, so punctuation beside them says nothing about where emphasis ends.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;

/** @param {string} text @param {number} at where the run begins @returns {Run} */
export function runAt(text, at) {
  const run = text[at];
  let end = at;
  while (text[end] === run) end += 1;
  const before = before1(text, at);
  const after = after1(text, end);
  const left = !SPACE.test(after) && (!PUNCTUATION.test(after) || loose(before));
  const right = !SPACE.test(before) && (!PUNCTUATION.test(before) || loose(after));
  const atWord = left && right;
  const usable = run !== "~" || end - at <= 2;
  const word = run === "_";
  return {
    run, count: end - at, atWord,
    opens: usable && left && (!word || !right || PUNCTUATION.test(before)),
    closes: usable && right && (!word || !left || PUNCTUATION.test(after)),
  };
}

/** @param {string} beside */
const loose = (beside) => SPACE.test(beside) || PUNCTUATION.test(beside) || UNSPACED.test(beside);

/** @param {string} text @param {number} at the whole character before it */
function before1(text, at) {
  const low = text.charCodeAt(at - 1);
  return at > 1 && low >= 0xdc00 && low <= 0xdfff ? text.slice(at - 2, at) : text.slice(Math.max(0, at - 1), at);
}

/** @param {string} text @param {number} at */
function after1(text, at) {
  return at < text.length ? String.fromCodePoint(/** @type {number} */ (text.codePointAt(at))) : "";
}

/**
 * @param {(Inline | Run)[]} tokens
 * @param {boolean} growing the text goes on: what is open is shown as if it closed at its end
 * @returns {Inline[]}
 */
export function emphasize(tokens, growing) {
  /** @type {Frame[]} */
  const frames = [{ run: null, left: 0, kids: [] }];
  for (const token of tokens) {
    if (typeof token === "string" || !("run" in token)) add(frames, token);
    else meet(frames, token);
  }
  while (frames.length > 1) collapse(frames, growing);
  return frames[0].kids;
}

/** @param {Frame[]} frames @param {Run} run */
function meet(frames, run) {
  const left = run.closes ? close(frames, run) : run.count;
  if (left === 0) return;
  if (run.opens && frames.length < DEEPEST) frames.push({ run, left, kids: [] });
  else add(frames, run.run.repeat(left));
}

/** Pairs the run with what is open. @param {Frame[]} frames @param {Run} run @returns {number} what is left of it */
function close(frames, run) {
  let left = run.count;
  while (left > 0) {
    const at = frames.findLastIndex((frame) => pairs(frame, run, left));
    if (at < 0) break;
    while (frames.length > at + 1) collapse(frames, false);
    const frame = frames[at];
    const used = run.run === "~" ? left : Math.min(left, frame.left, 2);
    frame.kids = [{ kind: KINDS[run.run][used], kids: frame.kids }];
    frame.left -= used;
    left -= used;
    if (frame.left === 0) frames.pop(), frame.kids.forEach((kid) => add(frames, kid));
  }
  return left;
}

/** @param {Frame} frame @param {Run} run @param {number} left */
function pairs({ run: opener, left: open }, run, left) {
  if (opener?.run !== run.run) return false;
  if (run.run === "~") return open === left;
  const both = (opener.opens && opener.closes) || (run.opens && run.closes);
  return !both || (opener.count + run.count) % 3 !== 0 || (opener.count % 3 === 0 && run.count % 3 === 0);
}

/** The innermost open run found no partner. @param {Frame[]} frames @param {boolean} growing */
function collapse(frames, growing) {
  const { run, left, kids } = /** @type {Frame & {run: Run}} */ (frames.pop());
  const used = Math.min(left, 2);
  const healed = growing && !run.atWord && kids.length > 0 && left <= 2;
  if (healed) return add(frames, { kind: KINDS[run.run][used], kids });
  add(frames, run.run.repeat(left));
  kids.forEach((kid) => add(frames, kid));
}

/** @param {Frame[]} frames @param {Inline} token */
function add(frames, token) {
  const { kids } = frames[frames.length - 1];
  const last = kids.length - 1;
  if (typeof token === "string" && typeof kids[last] === "string") kids[last] += token;
  else if (token !== "") kids.push(token);
}
