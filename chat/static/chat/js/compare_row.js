// @ts-check
// One row of the panel in which it is chosen who answers side by side: a session and one of its models.
import { badge, el, icon, iconButton } from "./dom.js";
import { gettext } from "./gettext.js";
import { labelOf, modelsOf } from "./models.js";
import { recall } from "./store.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {{session: Session, model: string}} Row `model` is "" where the provider does not say which it would be */

/** The model that was used last with a session, or its own default. @param {Session} session */
export function defaultOf(session) {
  const remembered = recall(`maestro.model.${session.id}`);
  return typeof remembered === "string" ? remembered : session.default_model;
}

/** Rows of earlier, as far as their sessions still work. @param {unknown} stored @param {Session[]} sessions @returns {Row[]} */
export function rowsFrom(stored, sessions) {
  return (Array.isArray(stored) ? stored : []).flatMap((one) => {
    const session = sessions.find((other) => other.id === one?.session && other.usable);
    return session ? [{ session, model: typeof one.model === "string" ? one.model : "" }] : [];
  });
}

/** The row with its model, which the provider may have to be asked for. @param {Row} row @returns {Promise<Row>} */
export async function resolved({ session, model }) {
  const list = await modelsOf(session).catch(() => null);
  const found = list?.models.find((one) => one.id === model); // the remembered one may have vanished
  return { session, model: found?.id ?? (session.default_model || list?.default || "") };
}

/** Another row: a session that is not among them, else another model of the first. @param {Row[]} rows @param {Session[]} sessions
 * @returns {Promise<Row>} */
export async function another(rows, sessions) {
  const [{ session: first }] = rows;
  const fresh = sessions.find((one) => one.usable && !rows.some(({ session }) => session === one));
  if (fresh) return resolved({ session: fresh, model: defaultOf(fresh) });
  const list = await modelsOf(first).catch(() => null);
  const taken = rows.filter(({ session }) => session === first).map(({ model }) => model);
  return { session: first, model: list?.models.find((model) => !taken.includes(model.id))?.id ?? "" };
}

/** Whether two of these would be the same. @param {Row[]} rows */
export function hasTwins(rows) {
  return new Set(rows.map(({ session, model }) => `${session.id} ${model}`)).size < rows.length;
}

/** @param {Row} row @param {{onOpen: () => void, onRemove: (() => void) | null}} listeners */
export function rowElement({ session, model }, { onOpen, onRemove }) {
  const payer = el(
    "button", { class: "payer", type: "button", popovertarget: "compare-picker", "aria-haspopup": "dialog" }, badge(session),
    el("span", { class: "payer-name" }, session.name), el("span", { class: "payer-model" }, labelOf(model)), icon("down"),
  );
  payer.addEventListener("click", onOpen);
  const out = iconButton("close", gettext("Take %(name)s out", session));
  if (onRemove) out.addEventListener("click", onRemove);
  return el("li", { class: `compare-row p${Number(session.color) || 8}` }, payer, onRemove ? out : null);
}
