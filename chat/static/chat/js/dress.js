// @ts-check
// Who answers: the colour, letters and names that an answer wears.
import { put } from "./dom.js";
import { gettext } from "./gettext.js";
import { showProgress } from "./meta.js";
import { labelOf } from "./models.js";

/** @typedef {import("./types.js").SessionFace} SessionFace */

/** Gives an answer its payer. @param {HTMLElement} element @param {SessionFace} session @param {string} model */
export function dress(element, session, model) {
  element.classList.remove(...[...element.classList].filter((name) => /^p\d$/.test(name)));
  element.classList.add(`p${Number(session.color) || 8}`);
  element.dataset.status = "streaming";
  element.dataset.session = session.id ?? "";
  dressModel(element, model);
  put(element, "heading", gettext("Answer of %(name)s", session));
  put(element, "badge", session.initials);
  put(element, "name", session.name);
  showProgress(element, gettext("sending…"));
}

/** @param {HTMLElement} element an answer @param {string} model as it was asked for */
export function dressModel(element, model) {
  element.dataset.model = model;
  put(element, "model", labelOf(model));
}
