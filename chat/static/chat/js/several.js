// @ts-check
// What the composer wears while several pay: their edges, badges and names, and a button that says how many are asked.
import { badge, byId, el } from "./dom.js";
import { listed } from "./compared.js";
import { gettext, ngettext } from "./gettext.js";

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
  if (on) byId("prompt", HTMLTextAreaElement).placeholder = gettext("Message %(name)s…", { name: listed(names(rows)) });
  const values = { count: rows.length, names: listed(names(rows)) };
  composer.askSeveral(on ? { words: gettext("Send to %(count)s: %(names)s", values), short: gettext("Send to %(count)s", values) } : null);
}

/** @param {Row[]} rows */
const names = (rows) => [...new Set(rows.map(({ session }) => session.name))];

/** @param {Row[]} rows */
export function whoPays(rows) {
  const payers = names(rows);
  if (payers.length === 0) return "";
  if (payers.length === 1) return ngettext("%(name)s pays for %(count)s", "%(name)s pays for all %(count)s", rows.length, { name: payers[0], count: rows.length });
  const values = { names: listed(payers) };
  return payers.length === 2 ? gettext("%(names)s both pay", values) : gettext("%(names)s all pay", values);
}
