// @ts-check
// Opens the panel in which it is chosen who answers side by side. It is fetched when it is opened; until then one pays.
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { toast } from "./toast.js";

/** @typedef {import("./compare.js").Compare} Compare */

export class CompareDoor {
  /** @param {{picker: import("./picker.js").Picker, user: string, composer: import("./composer.js").Composer}} parts */
  constructor(parts) {
    this.parts = parts;
    /** @type {Compare | null} */ this.panel = null;
    const button = byId("compare-open", HTMLButtonElement);
    button.hidden = !parts.picker.sessions.some((session) => session.usable);
    button.addEventListener("click", () => (this.active ? this.panel?.leave() : this.open()));
  }

  get active() {
    return this.panel?.active ?? false;
  }

  /** Who pays for the next message; empty while nothing is compared. */
  get payers() {
    return this.panel?.payers ?? [];
  }

  /** Why it cannot be sent so; "" if it can. */
  get problem() {
    return this.panel?.problem ?? "";
  }

  /** @param {unknown} [wanted] the payers of a comparison that was refused; else those of the last one */
  async open(wanted) {
    const module = await import("./compare.js").catch(() => null);
    if (!module) return toast(gettext("That did not reach the server. Try again when the connection is back."));
    this.panel ??= new module.Compare(this.parts);
    return this.panel.open(wanted);
  }

  /** One pays again. */
  close() {
    this.panel?.close();
  }
}
