// @ts-check
// What is written and not sent, of one conversation, in this browser. Every tab keeps its own, so that two of them never
// write over each other; one that is opened later begins with all that is there, and takes over what it then changes.
import { newId } from "./ids.js";
import { keep, recall } from "./store.js";

/** @typedef {import("./types.js").FileView} FileView */
/** @typedef {{text: string, files: FileView[]}} Content */

const TAB = "maestro.tab";

/** The same after a reload, another one in a copy of the tab. */
function tabId() {
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const same = visit?.type === "reload" || visit?.type === "back_forward";
  const id = (same && sessionStorage.getItem(TAB)) || newId();
  sessionStorage.setItem(TAB, id);
  return id;
}

export class Draft {
  /** @param {() => string} keyOf where it is kept; another place once a new conversation has its id @param {(content: Content) => void} onElsewhere
   *   another tab changed what this one shows and has not touched */
  constructor(keyOf, onElsewhere) {
    this.keyOf = keyOf;
    this.me = tabId();
    this.touched = false;
    /** @type {Record<string, Content>} the drafts that this tab began with */ this.shown = {};
    addEventListener("storage", (event) => {
      const follows = !this.touched && Object.keys(this.shown).length > 0;
      if (follows && event.key === this.keyOf()) onElsewhere(this.load());
    });
  }

  /** @returns {Content} */
  load() {
    const all = draftsAt(this.keyOf());
    this.shown = all[this.me] ? { [this.me]: all[this.me] } : all;
    return together(Object.values(this.shown));
  }

  /** @param {Content} content */
  save(content) {
    const all = draftsAt(this.keyOf());
    for (const [id, one] of Object.entries(this.shown)) {
      if (JSON.stringify(all[id]) === JSON.stringify(one)) delete all[id]; // it is in this content, or was taken out of it
    }
    this.shown = {};
    this.touched = true;
    delete all[this.me];
    if (content.text !== "" || content.files.length) all[this.me] = content;
    keep(this.keyOf(), Object.keys(all).length ? all : "");
  }
}

/** Keeps a message that will not be sent by itself. @param {string} user @param {import("./types.js").Sending} entry */
export function addDraft(user, { conversation, client_id, text, files = [] }) {
  const key = `maestro.draft.${user}.${conversation}`;
  keep(key, { ...draftsAt(key), [client_id]: { text, files } });
}

/** @param {string} key @returns {Record<string, Content>} */
function draftsAt(key) {
  const stored = recall(key);
  if (typeof stored === "string") return { "": { text: stored, files: [] } }; // of an earlier version
  /** @type {Record<string, Content>} */
  const found = {};
  for (const [id, one] of Object.entries(stored ?? {})) {
    if (typeof one?.text === "string") found[id] = { text: one.text, files: Array.isArray(one.files) ? one.files : [] };
  }
  return found;
}

/** All of them as one; what is contained in another is not repeated. @param {Content[]} drafts @returns {Content} */
function together(drafts) {
  const texts = [...new Set(drafts.map((one) => one.text).filter((text) => text.trim() !== ""))];
  const apart = texts.filter((text) => !texts.some((other) => other !== text && other.includes(text)));
  const files = new Map(drafts.flatMap((one) => one.files).map((file) => [file.id, file]));
  return { text: apart.join("\n\n"), files: [...files.values()] };
}
