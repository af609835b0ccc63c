// @ts-check
// Something that the page wants of the server: by the socket, or by POST when that is down or the wish is too big for a
// frame. Either way what comes back is a frame.
import { gettext } from "./gettext.js";
import { postJson } from "./server.js";
import { showTrouble } from "./trouble.js";

/** @typedef {{type: string, ref: string, [key: string]: unknown}} Wish */

/**
 * @param {{connection: import("./socket.js").Connection, frameBytes: number, csrf: string, onFrame: (frame: import("./types.js").Frame) => void,
 *   onLost: (ref: string) => void, onSignedOut: () => void}} parts `onLost`: it reached nobody
 */
export function makeAct({ connection, frameBytes, csrf, onFrame, onLost, onSignedOut }) {
  return async (/** @type {Wish} */ frame, /** @type {string} */ url) => {
    const big = new TextEncoder().encode(JSON.stringify(frame)).length > frameBytes;
    if (!big && connection.send(frame)) return;
    const answer = await postJson(url, frame, csrf);
    if (answer === "signed_out") onSignedOut();
    else if (answer) onFrame({ ...answer, ref: frame.ref });
    else onLost(frame.ref);
  };
}

/** There was no way to the server. */
export function sayNotReached() {
  showTrouble("offline", { title: gettext("That did not reach the server."), text: gettext("There is no connection to it. Try again when it is back.") });
}
