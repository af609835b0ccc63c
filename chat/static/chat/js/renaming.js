// @ts-check
// Giving a conversation another title. When two pages do so at once the last one counts, and whoever was written over is
// told and can have the own title back: nothing that was typed is lost in silence.
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{id: string, title: string}} Named */

const RECENT_MS = 60_000; // how long somebody remembers having named it

export class Renaming {
  /** @param {(one: Named, title: string) => Promise<Frame | null>} onRename */
  constructor(onRename) {
    this.onRename = onRename;
    this.dialog = byId("rename", HTMLDialogElement);
    this.form = byId("rename-form", HTMLFormElement);
    this.field = byId("rename-title", HTMLInputElement);
    this.note = byId("rename-note", HTMLElement);
    /** @type {Named | null} */ this.about = null;
    /** @type {{id: string, title: string, revision: number, at: number} | null} */ this.given = null; // by this page, lately
    this.form.addEventListener("submit", (event) => this.submit(event));
    byId("rename-cancel", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
  }

  /** @param {Named} about */
  open(about) {
    this.about = about;
    this.field.value = about.title;
    this.note.hidden = true;
    this.dialog.showModal();
    this.field.select();
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    const title = this.field.value.trim();
    if (!this.about || !title) return;
    if (await this.give(this.about, title)) this.dialog.close();
  }

  /** @param {Named} about @param {string} title */
  async give(about, title) {
    const state = await this.onRename(about, title);
    if (!state) return false;
    const mine = asKept(title);
    const isMine = state.title === mine; // else another page was there in between
    this.given = { id: about.id, title: mine, revision: isMine ? Number(state.revision) : 0, at: Date.now() };
    this.changed(state);
    return true;
  }

  /** Some page, perhaps this one, has changed a conversation. @param {Frame} frame */
  changed(frame) {
    const { about, given } = this;
    const isNews = frame.title !== about?.title && frame.title !== asKept(this.field.value);
    if (this.dialog.open && about?.id === frame.conversation && isNews) {
      this.note.hidden = false;
      this.note.textContent = gettext("Meanwhile it was renamed to “%(title)s”. Saving replaces that.", frame);
    }
    if (given?.id !== frame.conversation || given?.title === frame.title || Number(frame.revision) <= (given?.revision ?? 0)) return;
    this.given = null;
    if (!given || Date.now() - given.at > RECENT_MS || frame.deleted) return;
    const mine = { label: gettext("Use mine"), run: () => this.give({ id: given.id, title: frame.title }, given.title) };
    toast(gettext("Another tab renamed it to “%(theirs)s”. Your title was “%(mine)s”.", { theirs: frame.title, mine: given.title }), mine);
  }
}

/** A title as the server keeps it. @param {string} title */
function asKept(title) {
  return title.replace(/\s+/g, " ").trim().slice(0, 120);
}
