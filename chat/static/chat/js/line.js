// @ts-check
// The page's line to the server: the socket, the ways around it, and what has not come through yet.
import { makeAct } from "./acting.js";
import { showConnection } from "./connection_words.js";
import { Delivery } from "./delivery.js";
import { Outbox } from "./outbox.js";
import { Connection } from "./socket.js";

/**
 * @param {{bootstrap: import("./types.js").Bootstrap, user: string, csrf: string, goToLogin: () => void,
 *   onFrame: (frame: import("./types.js").Frame) => void, onLost: (ref: string) => void}} parts `onLost`: a wish reached nobody
 */
export function makeLine({ bootstrap, user, csrf, goToLogin, onFrame, onLost }) {
  const outbox = new Outbox(user);
  const connection = new Connection(bootstrap.socket, bootstrap.protocol, {
    onFrame, onState: (state, retryAt) => (state === "signed_out" ? goToLogin() : showConnection(state, retryAt)),
  });
  const shared = { frameBytes: bootstrap.limits.frame_bytes, csrf, onFrame, onSignedOut: goToLogin };
  const delivery = new Delivery({ outbox, connection, sendUrl: bootstrap.send_url, compareUrl: bootstrap.compare_url, ...shared });
  const act = makeAct({ connection, onLost, ...shared });
  return { act, outbox, connection, delivery };
}
