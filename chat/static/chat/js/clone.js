// @ts-check
// Copies of the page's templates: the markup of what a script adds is written once, by the server.
import { byId } from "./dom.js";

/** @param {string} id @returns {HTMLElement} a fresh copy of the template's element */
export function clone(id) {
  return /** @type {HTMLElement} */ (byId(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true));
}
