// @ts-check
// The note "is being answered" in the head of every page, with links to the conversations. Chat pages are told by their
// socket; other pages ask now and then while somebody looks at them.
import { byId, el } from "./dom.js";
import { gettext, ngettext } from "./gettext.js";

/** @typedef {{id: string, title: string, url: string}} Running */

const PAUSE_MS = 8000;

/** @param {Running[]} running */
export function showRunning(running) {
  const button = document.getElementById("running-now");
  if (!button) return;
  button.hidden = running.length === 0;
  const words = ngettext("%(count)s conversation is being answered", "%(count)s conversations are being answered", running.length);
  byId("running-count", HTMLElement).textContent = words;
  const short = byId("running-short", HTMLElement);
  short.textContent = String(running.length);
  const list = byId("running-list", HTMLElement);
  list.replaceChildren(...running.map((one) => el("li", {}, el("a", { href: one.url }, one.title || gettext("New chat")))));
  if (running.length === 0 && list.matches(":popover-open")) list.hidePopover();
}

/** Keeps the note up to date on a page without a socket. */
export function followRunning() {
  const url = document.getElementById("running-now")?.dataset.url;
  if (!url) return;
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.status === 401) clearInterval(timer);
    const body = response?.ok ? await response.json().catch(() => null) : null;
    if (Array.isArray(body?.running)) showRunning(body.running);
  };
  const timer = setInterval(look, PAUSE_MS);
  document.addEventListener("visibilitychange", look);
}
