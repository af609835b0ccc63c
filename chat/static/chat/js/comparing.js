// @ts-check
// Everything of comparing that the page has: the panel, the columns, and what is done with them, tied together.
import { CompareDoor } from "./compare_door.js";
import { Comparisons } from "./comparisons.js";
import { Picking } from "./picking.js";

/** @typedef {import("./comparisons.js").Ids} Ids */
/** @typedef {import("./answer.js").Answer} Answer */

/**
 * @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, follower: import("./scroll.js").Follower,
 *   composer: import("./composer.js").Composer, bootstrap: import("./types.js").Bootstrap, user: string,
 *   act: (frame: {type: string, ref: string, [key: string]: unknown}, url: string) => void, onStop: (generation: string) => void,
 *   bind: (answer: Answer, ids: Ids, prompt?: HTMLElement) => void}} parts
 */
export function makeComparing({ thread, picker, follower, composer, bootstrap, user, act, onStop, bind }) {
  const compare = new CompareDoor({ picker, user, composer });
  /** @type {Comparisons} */
  const comparisons = new Comparisons({ thread, picker, follower, onDecided: (answer) => picking.decided(answer) }, bind);
  const picking = new Picking({
    thread, picker, follower, comparisons, besideUrl: bootstrap.beside_url, onStop,
    onPick: (message) => act({ type: "pick", ref: `pick:${message}`, message }, bootstrap.pick_url),
  });
  return { compare, comparisons };
}
