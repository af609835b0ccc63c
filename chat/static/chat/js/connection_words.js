// @ts-check
// Says how the connection is, in words, in the head of the page. Short hiccups are not worth a word.
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { hideTrouble, showTrouble } from "./trouble.js";

const QUIET_MS = 1200;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;
let downSince = 0;

/** @param {import("./socket.js").State} state @param {number} retryAt milliseconds since 1970 */
export function showConnection(state, retryAt) {
  clearTimeout(later);
  clearInterval(ticking);
  document.body.dataset.connection = state;
  if (state !== "too_many") hideTrouble("connection");
  if (state === "ready") downSince = 0;
  else downSince ||= Date.now();
  if (state === "ready") return put("");
  if (state === "outdated") return offerReload();
  if (state === "too_many") {
    showTrouble("connection", { title: gettext("Too many open pages."), text: gettext("This one gets no live answers. Close another page; this one tries again by itself.") });
  }
  const tell = state === "connecting" ? () => put(gettext("Connecting…")) : () => countDown(retryAt);
  const quiet = downSince + QUIET_MS - Date.now();
  if (quiet <= 0) tell();
  else later = setTimeout(tell, quiet);
  return undefined;
}

/** @param {number} retryAt */
function countDown(retryAt) {
  const tell = () => {
    const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    put(left > 0 ? gettext("No connection. Trying again in %(seconds)s s.", { seconds: left }) : gettext("Connecting…"));
  };
  tell();
  ticking = setInterval(tell, 1000);
}

function offerReload() {
  const reload = document.createElement("button");
  reload.className = "btn small";
  reload.type = "button";
  reload.textContent = gettext("Reload");
  reload.addEventListener("click", () => location.reload());
  showTrouble("connection", { title: gettext("Maestro was updated."), text: gettext("Reload the page to go on. Your draft stays."), actions: [reload] });
}

/** @param {string} words */
function put(words) {
  const place = byId("connection", HTMLElement);
  place.textContent = words;
  place.hidden = words === "";
}
