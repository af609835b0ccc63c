// @ts-check
// Who answers and who pays: the session and its model. The composer wears the payer's colour, letters and name.
import { say } from "./announce.js";
import { Choices, placeAbove } from "./choices.js";
import { byId, put } from "./dom.js";
import { gettext } from "./gettext.js";
import { keep, recall } from "./store.js";

/** @typedef {import("./types.js").Session} Session */

export class Picker {
  /**
   * @param {{sessions: Session[], session: string | null, model: string}} bootstrap
   * @param {{onChange: (session: Session | null) => void, onModels: () => void}} listeners `onModels`: a list of models has come
   */
  constructor({ sessions, session: chosen, model }, { onChange, onModels }) {
    this.sessions = sessions;
    this.onChange = onChange;
    this.onModels = onModels;
    this.panel = byId("picker", HTMLElement);
    this.button = byId("payer", HTMLButtonElement);
    this.composer = byId("composer", HTMLFormElement);
    /** @type {Session | null} */
    this.session = sessions.find((session) => session.id === chosen && session.usable) ?? sessions.find((session) => session.usable) ?? null;
    /** @type {string | null} */ this.model = null;
    this.modelLabel = "";
    /** @type {import("./models.js").Model | null} what is known of the chosen model */ this.info = null;
    this.touched = false; // whether the reader has chosen on this page
    this.choices = new Choices({
      sessions, sessionList: byId("picker-sessions", HTMLElement), modelList: byId("picker-models", HTMLElement), name: "picker", keys: true,
      onSession: (session) => this.pick(session), onModel: (session, model) => this.pickModel(session, model),
    });
    this.panel.addEventListener("beforetoggle", () => placeAbove(this.panel, this.button));
    addEventListener("keydown", (event) => this.key(event));
    if (this.session) this.choose(this.session, this.session.id === chosen ? model : "");
    else this.show();
  }

  /** @param {Session} session @param {string} [model] what the conversation used last */
  choose(session, model = "") {
    this.session = session;
    const remembered = recall(`maestro.model.${session.id}`);
    this.model = model || (typeof remembered === "string" ? remembered : null);
    this.modelLabel = this.model ?? session.default_model;
    this.info = null;
    this.show();
    this.fillModels(session);
  }

  /** The reader's own choice. @param {Session} session */
  pick(session) {
    this.touched = true;
    this.choose(session);
  }

  /** @param {Session} session */
  async fillModels(session) {
    const found = await this.choices.show(session, this.model);
    if (this.session !== session || !found) return;
    if (found.current !== this.model) this.model = null; // the remembered one vanished
    this.info = found.model;
    this.modelLabel = found.model?.label ?? found.current;
    this.onModels();
    this.show();
  }

  /** The reader's own choice of a model. @param {Session} session @param {import("./models.js").Model} model */
  pickModel(session, model) {
    this.touched = true;
    this.model = model.id;
    this.info = model;
    this.modelLabel = model.label;
    keep(`maestro.model.${session.id}`, model.id);
    this.show();
  }

  show() {
    const { session } = this;
    const color = `p${Number(session?.color) || 8}`;
    for (const element of [this.composer, this.button.querySelector(".badge")]) {
      element?.classList.remove(...[...element.classList].filter((name) => /^p\d$/.test(name)));
      element?.classList.add(color);
    }
    put(this.button, "badge", session?.initials ?? "–");
    put(this.button, "name", session?.name ?? (this.sessions.length ? gettext("No session works") : gettext("No session")));
    put(this.button, "model", this.modelLabel);
    if (this.comparing) return this.onChange(session); // the box names all who are asked
    byId("prompt", HTMLTextAreaElement).placeholder = session ? gettext("Message %(name)s…", session) : this.sessions.length ? gettext("No session can answer now") : gettext("Add a session to start");
    this.onChange(session);
  }

  /** Whether several are asked, so that none of them alone is the composer's payer. */
  get comparing() {
    return this.composer.hasAttribute("data-comparing");
  }

  /** Alt+1…9 switches the payer. @param {KeyboardEvent} event */
  key(event) {
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !digit) return;
    const session = this.sessions[Number(digit[1]) - 1];
    if (!session) return;
    event.preventDefault();
    if (this.comparing) return say(gettext("Several are compared. Choose them in the panel, or close it."));
    if (session.usable) this.pick(session);
    say(session.usable ? gettext("Session %(name)s", session) : gettext("%(name)s cannot be used: %(reason)s", session));
  }
}
