// @ts-check
// The text box: grows, keeps its draft, Enter sends, Esc stops. It hands over text and files and knows nothing of sending.
import { byId } from "./dom.js";
import { Draft } from "./draft.js";
import { gettext } from "./gettext.js";

const DRAFT_PAUSE_MS = 250;

export class Composer {
  /**
   * @param {{draftKey: () => string, attachments: import("./attachments.js").Attachments, onStop: () => void, onNoPayer: () => void, onChange: () => void,
   *   onSend: (text: string, files: import("./types.js").FileView[], options?: {wait?: boolean}) => boolean}} parts
   *   `onSend` says whether it was taken; `onNoPayer`: there is something to send, and no session that works
   */
  constructor({ draftKey, attachments, onSend, onStop, onNoPayer, onChange }) {
    this.onChange = onChange;
    this.attachments = attachments;
    this.draft = new Draft(draftKey, (content) => this.fill(content));
    this.onSend = onSend;
    this.onStop = onStop;
    this.onNoPayer = onNoPayer;
    this.form = byId("composer", HTMLFormElement);
    this.box = byId("prompt", HTMLTextAreaElement);
    this.send = byId("send", HTMLButtonElement);
    this.stop = byId("stop", HTMLButtonElement);
    this.running = false;
    this.payer = false;
    /** @type {{words: string, short: string} | null} what the button says when several are asked */ this.several = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.pause = undefined;
    this.dirty = false; // whether there is something to keep
    this.filling = false;
    this.listen();
    this.fill(this.draft.load());
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.stop.addEventListener("click", () => this.onStop());
    addEventListener("keydown", (event) => {
      const inPopover = document.querySelector(":popover-open, dialog[open]");
      if (event.key === "Escape" && this.running && !inPopover) this.onStop();
    });
    addEventListener("pagehide", () => this.dirty && this.keepDraft());
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // keyCode 229: Safari ends a composition with an Enter whose isComposing is already false
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (matchMedia("(hover: none)").matches) return; // on a phone Enter is the only way to a new line
    event.preventDefault();
    this.submit();
  }

  /** @param {{wait?: boolean}} [options] `wait`: until a limit of the session has passed */
  submit(options) {
    const text = this.box.value.trim();
    if (this.empty || this.attachments.uploading) return;
    if (!this.payer) this.onNoPayer();
    if (!this.payer || !this.onSend(text, this.attachments.views, options)) return;
    this.set("");
    this.attachments.clear();
    this.keepDraft();
  }

  get empty() {
    return this.box.value.trim() === "" && this.attachments.items.length === 0;
  }

  changed() {
    this.show();
    if (this.filling) return;
    this.dirty = true;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.keepDraft(), DRAFT_PAUSE_MS);
  }

  keepDraft() {
    clearTimeout(this.pause);
    this.draft.save({ text: this.box.value, files: this.attachments.views });
  }

  /** @param {import("./draft.js").Content} content */
  fill({ text, files }) {
    this.filling = true;
    this.set(text);
    const kept = new Set(files.map((file) => file.id));
    for (const item of this.attachments.items) if (item.view && !kept.has(item.view.id)) this.attachments.drop(item);
    this.attachments.restore(files);
    this.filling = false;
  }

  /** @param {string} text */
  set(text) {
    this.box.value = text;
    this.show();
  }

  /** Puts text and files back for another try, before what is there already. @param {string} text @param {import("./types.js").FileView[]} [files] */
  putBack(text, files = []) {
    this.attachments.restore(files);
    const now = this.box.value.trim();
    this.set(now && now !== text ? `${text}\n\n${now}` : text);
    this.keepDraft();
    this.box.focus();
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  /** @param {boolean} running whether an answer is being written here */
  setRunning(running) {
    const hadFocus = document.activeElement === this.stop || document.activeElement === this.send;
    this.running = running;
    this.show();
    if (hadFocus) this.box.focus(); // the focused button is about to go
  }

  /** @param {boolean} usable whether a session can pay */
  setPayer(usable) {
    this.payer = usable;
    this.show();
  }

  /** @param {{words: string, short: string} | null} several */
  askSeveral(several) {
    this.several = several;
    this.show();
  }

  show() {
    const { empty } = this;
    const { uploading } = this.attachments;
    this.stop.hidden = !this.running;
    this.send.hidden = this.running && empty;
    this.send.disabled = !this.payer || empty || uploading;
    const words = uploading ? gettext("Wait for the files") : this.several?.words ?? (this.running ? gettext("Send when this answer is complete") : gettext("Send"));
    byId("send-words", HTMLElement).textContent = this.several?.short ?? "";
    this.send.classList.toggle("wide", this.several !== null);
    this.send.setAttribute("aria-label", words);
    this.send.title = gettext("%(words)s (Enter)", { words });
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
    this.onChange();
  }
}
