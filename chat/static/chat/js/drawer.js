// @ts-check
// The drawer in which a conversation is set: shows what its model takes, hands out what was changed, follows other pages.
import { byId } from "./dom.js";
import { drawerFields } from "./drawer_fields.js";
import { gettext, ngettext } from "./gettext.js";

/** @typedef {import("./types.js").ChatSettings} ChatSettings */
/** @typedef {import("./drawer_fields.js").Field} Field */

/** @type {ChatSettings} */
const NOTHING = { system: "", effort: null, thinking: null, max_tokens: null, temperature: null, cache: null };

export class Drawer {
  /** @param {{settings: Partial<ChatSettings>, isStored: () => boolean, onChange: (change: Partial<ChatSettings>) => void}} parts
   *   `isStored`: the conversation exists on the server, so that it can be changed there */
  constructor({ settings, isStored, onChange }) {
    this.isStored = isStored;
    this.onChange = onChange;
    this.box = byId("drawer", HTMLElement);
    this.button = byId("tune", HTMLButtonElement);
    this.error = byId("drawer-error", HTMLElement);
    /** @type {ChatSettings} as the server has them */ this.settings = { ...NOTHING, ...settings };
    /** @type {Partial<ChatSettings>} what the server has not been told, or has not taken yet */ this.unsent = {};
    this.fields = drawerFields();
    this.box.addEventListener("change", (event) => this.changed(/** @type {Element} */ (event.target)));
    byId("drawer-reset", HTMLButtonElement).addEventListener("click", () => this.reset());
    this.box.addEventListener("beforetoggle", () => this.place());
    this.fill();
  }

  /** What a conversation that begins now should have. */
  get forNew() {
    return this.isStored() ? {} : this.unsent;
  }

  get values() {
    return { ...this.settings, ...this.unsent };
  }

  /** @param {import("./types.js").Session | null} session @param {import("./models.js").Model | null} model */
  fit(session, model) {
    for (const field of this.fields) field.fits(model);
    byId("drawer-model", HTMLElement).textContent = model ? gettext("What %(model)s takes", { model: model.label }) : gettext("What is known of this model");
    const own = session?.system_prompt ?? "";
    byId("set-system", HTMLTextAreaElement).placeholder = own || gettext("None");
    byId("set-system-help", HTMLElement).textContent = own ? gettext("Empty: the one of %(name)s.", { name: session?.name }) : "";
    this.show();
  }

  /** The conversation's settings, from whichever page. @param {Partial<ChatSettings>} settings */
  update(settings) {
    this.settings = { ...NOTHING, ...settings };
    for (const [name, value] of Object.entries(this.unsent)) {
      if (this.settings[/** @type {keyof ChatSettings} */ (name)] === value) delete this.unsent[/** @type {keyof ChatSettings} */ (name)];
    }
    if (Object.keys(this.unsent).length) this.send();
    this.fill();
  }

  /** @param {Element} target */
  changed(target) {
    const field = this.fields.find((one) => one.box.contains(target));
    if (!field) return;
    const problem = field.problem();
    this.refused(problem);
    target.setAttribute("aria-invalid", String(problem !== ""));
    if (!problem) this.keep({ [field.name]: field.read() });
  }

  /** @param {Partial<ChatSettings>} change */
  keep(change) {
    this.unsent = { ...this.unsent, ...change };
    this.send();
    this.show();
  }

  send() {
    if (this.isStored()) this.onChange(this.unsent);
  }

  reset() {
    this.refused("");
    this.keep({ ...NOTHING });
    this.fill();
  }

  /** @param {string} sentence why the last change was not taken; "" when it was */
  refused(sentence) {
    this.error.textContent = sentence;
    if (sentence) this.unsent = {};
  }

  fill() {
    for (const field of this.fields) {
      if (!field.box.contains(document.activeElement) || !this.box.matches(":popover-open")) field.write(this.values[field.name]);
    }
    this.show();
  }

  /** What is set, in the button's words. */
  show() {
    const set = this.fields.filter((field) => !field.box.hidden && this.values[field.name] !== NOTHING[field.name]);
    const effort = set.some((field) => field.name === "effort") ? gettext("Effort: %(effort)s", this.values) : "";
    const others = set.length - (effort ? 1 : 0);
    const words = [effort || gettext("Settings"), others ? ngettext("%(count)s set", "%(count)s set", others) : ""].filter(Boolean).join(", ");
    byId("tune-words", HTMLElement).textContent = words;
    this.button.toggleAttribute("data-set", set.length > 0);
  }

  /** Above the button, inside the window. */
  place() {
    const { left } = this.button.getBoundingClientRect();
    const { top } = byId("composer", HTMLFormElement).getBoundingClientRect();
    this.box.style.left = `max(0.75rem, min(${left}px, 100vw - 26.75rem))`;
    this.box.style.bottom = `calc(100dvh - ${Math.max(top - 8, 320)}px)`;
  }
}
