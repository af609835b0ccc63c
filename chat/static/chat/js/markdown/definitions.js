// @ts-check
// What one text defines for use elsewhere in it: addresses under a label, footnotes. They often come last, so who asked
// in vain is noted, and asked to look again when the text is over.

import { plain } from "./entities.js";

/** @typedef {{again: () => void}} Asker */

let texts = 0;

// [label]: address "title", at the start of a paragraph
const DEFINITION = /^\[((?:[^[\]\\]|\\.){1,999})\]:[ \t]*\n?[ \t]*(?:<([^<>\n]{0,2000})>|([^\s<]\S{0,2000}))(?:(?:[ \t]+|[ \t]*\n[ \t]*)(?:"(?:[^"\\]|\\.){0,1000}"|'(?:[^'\\]|\\.){0,1000}'|\((?:[^()\\]|\\.){0,1000}\)))?[ \t]*(?:\n|$)/;

export class Definitions {
  constructor() {
    texts += 1;
    this.prefix = `note-${texts}-`;
    /** @type {Map<string, string>} */ this.links = new Map();
    /** @type {Map<string, string>} by label, the id of its element */ this.notes = new Map();
    /** @type {Set<Asker>} */ this.askers = new Set();
    /** Whether the text that is just being read named something unknown. */
    this.missed = false;
  }

  /** @param {string} label @returns {string | undefined} */
  link(label) {
    const href = this.links.get(normal(label));
    this.missed ||= href === undefined;
    return href;
  }

  /** @param {string} label @returns {string} where its footnote stands, "" if there is none (yet) */
  note(label) {
    const id = this.notes.get(normal(label));
    this.missed ||= id === undefined;
    return id === undefined ? "" : `#${id}`;
  }

  /** @param {string} label @returns {string} the id for the element of this footnote, "" if there is one already */
  defineNote(label) {
    if (this.notes.has(normal(label))) return "";
    const id = `${this.prefix}${this.notes.size + 1}`;
    this.notes.set(normal(label), id);
    return id;
  }

  /** Takes the definitions that a paragraph begins with. @param {string} text @returns {string} the rest */
  take(text) {
    let rest = text;
    for (let found = DEFINITION.exec(rest); found; found = DEFINITION.exec(rest)) {
      const label = normal(found[1]);
      if (label === "") break;
      if (!this.links.has(label)) this.links.set(label, plain(found[2] ?? found[3]));
      rest = rest.slice(found[0].length);
    }
    return rest;
  }

  /** The text is over: everything is defined that will be. */
  settle() {
    const askers = this.links.size + this.notes.size > 0 ? [...this.askers] : [];
    this.askers.clear();
    for (const asker of askers) asker.again();
  }
}

/** @param {string} label */
function normal(label) {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase();
}
