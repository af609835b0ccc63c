// @ts-check
// New messages, and who answers: the colour, letters and names that an answer wears.
import { clone } from "./clone.js";
import { part, put } from "./dom.js";
import { showFiles } from "./files.js";
import { gettext } from "./gettext.js";
import { showProgress } from "./meta.js";
import { labelOf } from "./models.js";
import { showQuestion } from "./pieces.js";

/** @typedef {import("./types.js").SessionFace} SessionFace */

/** @param {string} text @param {import("./types.js").FileView[]} files */
export function newPrompt(text, files) {
  const prompt = clone("prompt-template");
  showQuestion(/** @type {HTMLElement} */ (part(prompt, "text")), text);
  showFiles(prompt, files);
  return prompt;
}

/** The place where an answer will grow. @param {SessionFace} session @param {string} model */
export function newAnswer(session, model) {
  const element = clone("answer-template");
  dress(element, session, model);
  return element;
}

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
