// @ts-check
// What the composer wears while several pay: their edges, badges and names, and a button that says how many are asked.
import { badge, byId, el } from "./dom.js";
import { listed } from "./compared.js";

/** @typedef {import("./compare_row.js").Row} Row */

/** @param {import("./composer.js").Composer} composer @param {Row[]} rows none: one pays, as usual */
export function wear(composer, rows) {
  const on = rows.length > 0;
  composer.form.toggleAttribute("data-comparing", on);
  byId("payer", HTMLButtonElement).hidden = on;
  byId("payers", HTMLElement).hidden = !on;
  byId("payers", HTMLElement).replaceChildren(
    el("span", { class: "payers-badges" }, ...rows.map(({ session }) => badge(session))), el("span", { class: "payers-words" }, whoPays(rows)),
  );
  byId("edges", HTMLElement).replaceChildren(...rows.map(({ session }) => el("i", { class: `p${Number(session.color) || 8}` })));
  if (on) byId("prompt", HTMLTextAreaElement).placeholder = `Message ${listed(names(rows))}…`;
  composer.askSeveral(on ? { words: `Send to ${rows.length}: ${listed(names(rows))}`, short: `Send to ${rows.length}` } : null);
}

/** @param {Row[]} rows */
const names = (rows) => [...new Set(rows.map(({ session }) => session.name))];

/** @param {Row[]} rows */
export function whoPays(rows) {
  const payers = names(rows);
  if (payers.length === 0) return "";
  if (payers.length === 1) return `${payers[0]} pays for all ${rows.length}`;
  return `${listed(payers)} ${payers.length === 2 ? "both" : "all"} pay`;
}
