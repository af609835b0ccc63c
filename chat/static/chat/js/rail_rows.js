// @ts-check
// One row of the list of conversations: made from the page's template, filled, read. Knows no order.
import { byId, part, put } from "./dom.js";
import { gettext } from "./gettext.js";

/** @typedef {import("./types.js").SessionFace} SessionFace */
/** @typedef {{id: string, title: string, session?: SessionFace | null, current?: boolean, running?: boolean, pinned?: boolean,
 *   updated?: string, revision?: number}} RowFacts what is undefined stays as it is */

const DAY_MS = 24 * 3600 * 1000;

/** The heading under which a conversation stands. @param {Date} when @param {Date} now */
export function dayOf(when, now) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  if (when.getTime() >= midnight) return gettext("Today");
  if (when.getTime() >= midnight - DAY_MS) return gettext("Yesterday");
  if (when.getTime() >= midnight - 6 * DAY_MS) return gettext("Earlier this week");
  return when.toLocaleDateString(undefined, { month: "long", year: "numeric" });
}

/** @param {HTMLElement} row the link @param {Date} now */
export function groupOf(row, now) {
  if (row.hasAttribute("data-pinned")) return gettext("Pinned");
  return row.hasAttribute("data-running") ? gettext("Running now") : dayOf(new Date(row.dataset.updated ?? now), now);
}

/** Higher stands further up. @param {HTMLElement} row */
export function rank(row) {
  const time = new Date(row.dataset.updated ?? 0).getTime() || 0;
  if (row.hasAttribute("data-pinned")) return time + 2e15;
  return row.hasAttribute("data-running") ? time + 1e15 : time;
}

/** A new row's link, inside its box. @param {string} id @param {string} url */
export function newRow(id, url) {
  const template = byId("row-template", HTMLTemplateElement).content.firstElementChild;
  const box = /** @type {HTMLElement} */ (template?.cloneNode(true));
  const row = /** @type {HTMLAnchorElement} */ (box.querySelector("a.conv"));
  row.href = url;
  row.dataset.conversation = id;
  return row;
}

/** @param {HTMLElement} row @param {RowFacts} facts */
export function fill(row, { title, session, current, running, pinned, updated }) {
  if (updated !== undefined) row.dataset.updated = updated;
  if (running !== undefined) row.toggleAttribute("data-running", running);
  if (pinned !== undefined) row.toggleAttribute("data-pinned", pinned);
  if (current) row.setAttribute("aria-current", "page");
  const name = title || gettext("New chat");
  put(row, "title", name);
  row.parentElement?.querySelector(".conv-more")?.setAttribute("aria-label", gettext("What to do with “%(name)s”", { name }));
  if (!session) return;
  row.className = `conv p${Number(session.color) || 8}`;
  row.dataset.session = session.id ?? "";
  put(row, "badge", session.initials);
}

/** @param {HTMLElement} row */
export function read(row) {
  const title = part(row, "title")?.textContent ?? "";
  const id = row.dataset.conversation ?? "";
  return { id, title, url: /** @type {HTMLAnchorElement} */ (row).href, pinned: row.hasAttribute("data-pinned") };
}
