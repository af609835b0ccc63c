// @ts-check
// The files of the message that is being written: checked, uploaded, shown, taken away.
import { say } from "./announce.js";
import { byId, el, icon, iconButton } from "./dom.js";
import { sizeOf, thumbnail } from "./files.js";
import { share } from "./format.js";
import { gettext, ngettext } from "./gettext.js";
import { listenForFiles } from "./taking_files.js";
import { hideTrouble, showTrouble } from "./trouble.js";
import { upload } from "./upload.js";

/** @typedef {import("./types.js").FileView} FileView */
/** @typedef {{name: string, size: number, element: HTMLElement, view: FileView | null, cancel: () => void}} Item `view`: the server has it */

export class Attachments {
  /** @param {{url: string, csrf: string, limits: import("./types.js").Limits, onChange: () => void, onSignedOut: () => void}} parts */
  constructor(parts) {
    this.parts = parts;
    this.list = byId("files", HTMLElement);
    /** @type {Item[]} */ this.items = [];
    /** @type {import("./models.js").Model | null} */ this.model = null;
    listenForFiles((files) => this.add(files));
  }

  /** Those that can be sent. */
  get views() {
    return this.items.flatMap((item) => item.view ?? []);
  }

  get uploading() {
    return this.items.some((item) => !item.view);
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      const problem = this.problemOf(file);
      if (problem) this.refuse(file.name, problem);
      else this.begin(file);
    }
  }

  /** What can be known before anything is sent. @param {File} file */
  problemOf({ size }) {
    const { file_bytes: one, files_bytes: all, files: most } = this.parts.limits;
    if (size === 0) return gettext("The file is empty.");
    if (size > one) return gettext("It has %(size)s; at most %(limit)s are taken.", { size: sizeOf(size), limit: sizeOf(one) });
    if (this.items.length >= most) return ngettext("A message may have %(count)s file.", "A message may have %(count)s files.", most);
    const total = this.items.reduce((sum, item) => sum + item.size, size);
    return total > all ? gettext("Together the files have %(size)s; at most %(limit)s can be sent.", { size: sizeOf(total), limit: sizeOf(all) }) : "";
  }

  /** @param {string} name @param {string} why */
  refuse(name, why) {
    showTrouble(`file:${name}`, { title: gettext("%(name)s was not attached.", { name: name || gettext("The file") }), text: why });
  }

  /** @param {File} file */
  async begin(file) {
    hideTrouble(`file:${file.name}`);
    const item = this.put(file.name, file.size);
    const { url, csrf, onSignedOut } = this.parts;
    const sending = upload(file, { url, csrf, onSignedOut, onProgress: (part) => this.progress(item, part) });
    item.cancel = sending.cancel;
    try {
      item.view = await sending.done;
      this.show(item, item.view);
      say(gettext("%(name)s is attached.", item.view));
    } catch (error) {
      this.drop(item);
      const why = error instanceof Error ? error.message : "";
      if (why) this.refuse(file.name, why);
    }
    this.changed();
  }

  /** @param {string} name @param {number} size @returns {Item} */
  put(name, size) {
    const remove = iconButton("close", gettext("Remove %(name)s", { name }), { title: gettext("Remove") });
    const element = el("li", { class: "chip", "data-uploading": true }, icon("page"), el("span", { class: "file-name" }, name), el("small", { class: "num" }, sizeOf(size)), remove);
    /** @type {Item} */
    const item = { name, size, element, view: null, cancel: () => {} };
    remove.addEventListener("click", () => {
      item.cancel();
      this.drop(item);
      this.changed();
      byId("prompt", HTMLTextAreaElement).focus();
    });
    this.items.push(item);
    this.list.append(element);
    this.changed();
    return item;
  }

  /** @param {Item} item @param {number} part */
  progress(item, part) {
    const words = item.element.querySelector("small");
    if (words) words.textContent = part < 1 ? share(part, 1) : gettext("checking…");
  }

  /** @param {Item} item @param {FileView} view */
  show(item, view) {
    item.element.removeAttribute("data-uploading");
    item.element.querySelector(".icon")?.replaceWith(thumbnail(view));
    for (const [selector, words] of [[".file-name", view.name], ["small", sizeOf(view.size)]]) {
      const place = item.element.querySelector(selector);
      if (place) place.textContent = words;
    }
  }

  /** @param {Item} item */
  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    item.element.remove();
  }

  /** Files that the server has already: of a draft, or of a message that was not sent. @param {FileView[]} views */
  restore(views) {
    for (const view of views) {
      if (this.items.some((item) => item.view?.id === view.id)) continue;
      const item = this.put(view.name, view.size);
      item.view = view;
      this.show(item, view);
    }
    this.changed();
  }

  clear() {
    for (const item of [...this.items]) this.drop(item);
    this.changed();
  }

  changed() {
    this.list.hidden = this.items.length === 0;
    this.fit(this.model);
    this.parts.onChange();
  }

  /** Says before sending that a model takes no such files. @param {import("./models.js").Model | null} model */
  fit(model) {
    this.model = model;
    const refused = this.views.find((view) => (view.width ? model?.images : model?.pdfs) === false);
    if (!refused) return hideTrouble("files-model");
    const values = { model: model?.label };
    const title = refused.width ? gettext("%(model)s takes no images.", values) : gettext("%(model)s takes no PDFs.", values);
    showTrouble("files-model", { title, text: gettext("Choose another model, or remove %(name)s.", refused) });
  }
}
