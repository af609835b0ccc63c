// @ts-check
// What a search found, as links: each conversation with its newest hits. Hits are marked in text nodes, never in HTML.
import { badge, el } from "./dom.js";
import { gettext } from "./gettext.js";
import { localTime } from "./times.js";

/** @typedef {[string, boolean][]} Pieces text and whether it is a hit */
/** @typedef {{url: string, is_prompt: boolean, pieces: Pieces}} Hit */
/** @typedef {{url: string, title: Pieces, updated_at: string, archived: boolean, session: {name: string, initials: string, color: number} | null, hits: Hit[]}} Found */

/** @param {Found} found */
export function foundRow({ url, title, updated_at: at, archived, session, hits }) {
  const when = [archived && gettext("Archived"), localTime(new Date(at))].filter(Boolean).join(" · ");
  const head = el("a", { class: "found-title", href: url }, session ? badge(session) : null, el("b", {}, ...marked(title)), el("small", {}, when));
  return el("li", { class: "found" }, head, ...hits.map(hitRow));
}

/** @param {Hit} hit */
function hitRow({ url, is_prompt: isPrompt, pieces }) {
  return el("a", { class: "found-hit", href: url }, el("small", {}, `${isPrompt ? gettext("You:") : gettext("Answer:")} `), ...marked(pieces));
}

/** @param {Pieces} pieces */
function marked(pieces) {
  return pieces.map(([text, isHit]) => (isHit ? el("mark", {}, text) : text));
}
