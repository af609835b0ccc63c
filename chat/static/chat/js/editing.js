// @ts-check
// Another wording of one's own message, in its place: the pencil opens a box, "Save & send" asks the new question beside the
// old one. What is typed there is never lost: it outlives a refusal, and a message that another tab takes away.
import { byId, part, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { questionIn } from "./pieces.js";

/** @typedef {{form: HTMLFormElement, box: HTMLTextAreaElement, message: HTMLElement, old: string, sent: boolean}} Editor */

export class Editing {
  /** @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, onSave: (message: string, text: string) => boolean,
   *   onLost: (text: string) => void}} parts `onSave` says whether the text was taken; `onLost`: its message is gone */
  constructor({ thread, picker, onSave, onLost }) {
    this.picker = picker;
    this.onSave = onSave;
    this.onLost = onLost;
    /** @type {Map<string, Editor>} by the message's id */ this.open = new Map();
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  /** @param {Element} target */
  click(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-act=rewrite], [data-act=edit]"));
    let message = button?.closest(".message") ?? null;
    while (message && !message.matches(".you")) message = message.previousElementSibling; // of an answer: its question
    if (button && message) this.begin(/** @type {HTMLElement} */ (message));
  }

  /** @param {HTMLElement} message @param {string} [text] what was typed before, if it was refused */
  begin(message, text) {
    const id = message.dataset.message ?? "";
    if (!id) return;
    const editor = this.open.get(id) ?? this.make(id, message);
    editor.sent = false;
    editor.box.readOnly = false;
    if (text !== undefined) editor.box.value = text;
    this.show();
    fit(editor.box);
    editor.box.focus();
    editor.box.setSelectionRange(editor.box.value.length, editor.box.value.length);
  }

  /** @param {string} id @param {HTMLElement} message @returns {Editor} */
  make(id, message) {
    const template = byId("editor-template", HTMLTemplateElement).content.firstElementChild;
    const form = /** @type {HTMLFormElement} */ (template?.cloneNode(true));
    const box = /** @type {HTMLTextAreaElement} */ (part(form, "box"));
    const old = questionIn(part(message, "text"));
    box.value = old;
    form.addEventListener("submit", (event) => (event.preventDefault(), this.save(id)));
    form.addEventListener("keydown", (event) => this.key(event, id));
    box.addEventListener("input", () => fit(box));
    part(form, "cancel")?.addEventListener("click", () => this.end(id));
    part(message, "text")?.after(form);
    message.toggleAttribute("data-editing", true);
    const editor = { form, box, message, old, sent: false };
    this.open.set(id, editor);
    return editor;
  }

  /** @param {KeyboardEvent} event @param {string} id */
  key(event, id) {
    if (event.key === "Escape") {
      event.stopPropagation(); // Escape in the page stops the answer
      this.end(id);
    }
    // As in the composer: keyCode 229 ends a composition, and on a phone Enter is the only way to a new line.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing || !(event.target instanceof HTMLTextAreaElement)) return;
    if (matchMedia("(hover: none)").matches) return;
    event.preventDefault();
    this.save(id);
  }

  /** @param {string} id */
  save(id) {
    const editor = this.open.get(id);
    const text = editor?.box.value.trim() ?? "";
    if (!editor || editor.sent || text === "" || !this.onSave(id, text)) return;
    editor.sent = true;
    editor.box.readOnly = true;
    this.show();
  }

  /** @param {string} id */
  end(id) {
    const editor = this.open.get(id);
    if (!editor) return;
    this.open.delete(id);
    editor.form.remove();
    editor.message.removeAttribute("data-editing");
    /** @type {HTMLElement | null} */ (editor.message.querySelector("[data-act=rewrite]"))?.focus({ preventScroll: true });
  }

  /** It was refused: back to the box. @param {string} id @param {string} text @returns {boolean} whether its message is there */
  reopen(id, text) {
    const message = document.querySelector(`.you[data-message="${CSS.escape(id)}"]`);
    if (message) this.begin(/** @type {HTMLElement} */ (message), text);
    return message !== null;
  }

  /** Who pays, or which messages are there, has changed. */
  show() {
    for (const [id, editor] of this.open) {
      if (!editor.form.isConnected) this.lose(id, editor);
      const name = this.picker.session?.name;
      put(editor.form, "payer", editor.sent ? gettext("Sending…") : name ? gettext("%(name)s answers and pays", { name }) : gettext("No session can answer now"));
      const save = /** @type {HTMLButtonElement | null} */ (part(editor.form, "save"));
      if (save) save.disabled = editor.sent || !name;
    }
  }

  /** @param {string} id @param {Editor} editor */
  lose(id, { box, old, sent }) {
    this.open.delete(id);
    if (!sent && box.value.trim() !== old.trim()) this.onLost(box.value.trim());
  }
}

/** @param {HTMLTextAreaElement} box */
function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
