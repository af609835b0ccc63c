// @ts-check
// What the readers of a line of text share: where they are, what they have found so far.

/** @typedef {import("./nodes.js").Inline} Inline */
/** @typedef {import("./emphasis.js").Run} Run */
/** @typedef {{kids: (Inline | Run)[], from: number, image: boolean, active: boolean}} Frame an open bracket; `from`: where its text begins */
/** @typedef {{text: string, at: number, growing: boolean, definitions: import("./definitions.js").Definitions, frames: Frame[],
 *   ends: Map<string, number[]>}} State `growing`: more text is to come; `ends`: where something could close, by what */

/** @param {State} state @param {Inline | Run} token */
export function push({ frames }, token) {
  const { kids } = frames[frames.length - 1];
  const last = kids.length - 1;
  if (typeof token === "string" && typeof kids[last] === "string") kids[last] += token;
  else if (token !== "") kids.push(token);
}

/** Takes what was found at this place, or the one character as it is. @param {State} state @param {{node: Inline | Run, end: number} | null} found */
export function take(state, found) {
  push(state, found ? found.node : state.text[state.at]);
  state.at = found ? found.end : state.at + 1;
}

/** The first place at or after `from`; places before it are never asked for again. @param {number[]} places @param {number} from */
export function nextOf(places, from) {
  while (places.length && places[0] < from) places.shift();
  return places[0] ?? -1;
}
