// @ts-check
// Opens the search from anywhere, with Ctrl/Cmd+K or its button. What finds and shows is fetched then; what is typed meanwhile is kept.
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { toast } from "./toast.js";

export class SearchDoor {
  /** @param {{url: string, onSignedOut: () => void}} parts */
  constructor(parts) {
    this.parts = parts;
    this.dialog = byId("search", HTMLDialogElement);
    this.field = byId("search-field", HTMLInputElement);
    /** @type {Promise<import("./search.js").Search> | undefined} */ this.search = undefined;
    byId("search-close", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    byId("open-search", HTMLButtonElement).addEventListener("click", () => this.open());
    addEventListener("keydown", (event) => this.shortcut(event));
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    this.open();
  }

  open() {
    const other = document.querySelector("dialog[open]");
    if (other && other !== this.dialog) return;
    if (!this.dialog.open) this.dialog.showModal();
    this.field.focus();
    this.field.select();
    this.search ??= import("./search.js").then(({ Search }) => new Search(this.parts));
    this.search.then((search) => search.look(), () => this.missing());
  }

  missing() {
    this.search = undefined;
    this.dialog.close();
    toast(gettext("That did not reach the server. Try again when the connection is back."));
  }
}
