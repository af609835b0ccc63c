// @ts-check
// Two lists to choose from: sessions, and the models of one of them. Whose choice it is and what follows is not their business.
import { badge, byId, el } from "./dom.js";
import { gettext } from "./gettext.js";
import { describe, modelsOf } from "./models.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./models.js").Model} Model */
/** @typedef {{sessions: Session[], sessionList: HTMLElement, modelList: HTMLElement, name: string, keys?: boolean,
 *   onSession: (session: Session) => void, onModel: (session: Session, model: Model) => void}} Parts
 *   `name` tells these lists from others of the page; `keys`: the sessions have shortcuts */

export class Choices {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    /** @type {Session | null} whose models are listed */ this.session = null;
    parts.sessionList.replaceChildren(...parts.sessions.map((session, index) => this.sessionRow(session, index)));
  }

  /** Marks what is chosen and lists the models. @param {Session} session @param {string | null} model
   * @returns {Promise<{model: Model | null, current: string} | null>} what was found; null when something else was chosen meanwhile
   * or there is no list */
  async show(session, model) {
    this.session = session;
    for (const input of this.parts.sessionList.querySelectorAll("input")) input.checked = input.value === session.id;
    const list = this.parts.modelList;
    list.replaceChildren(el("p", { class: "pick-note" }, gettext("Asking the provider…")));
    try {
      const answer = await modelsOf(session);
      if (this.session !== session) return null;
      const wanted = answer.models.find((one) => one.id === model); // the remembered one may have vanished
      const current = wanted?.id ?? (session.default_model || answer.default);
      list.replaceChildren(...answer.models.map((one) => this.modelRow(session, one, current)));
      return { model: answer.models.find((one) => one.id === current) ?? null, current };
    } catch (error) {
      if (this.session === session) list.replaceChildren(el("p", { class: "pick-note" }, error instanceof Error ? error.message : String(error)));
      return null;
    }
  }

  /** @param {Session} session @param {number} index */
  sessionRow(session, index) {
    const { name, keys, onSession } = this.parts;
    const radio = el("input", { type: "radio", name: `${name}-session`, value: session.id, disabled: !session.usable });
    radio.addEventListener("change", () => onSession(session));
    return el(
      "label", { class: `pick p${Number(session.color) || 8}`, "data-disabled": !session.usable },
      radio, badge(session), el("b", {}, session.name), keys && index < 9 ? el("kbd", {}, `Alt ${index + 1}`) : null,
      el("small", {}, session.usable ? session.provider : session.reason || gettext("Not usable now")),
    );
  }

  /** @param {Session} session @param {Model} model @param {string} current */
  modelRow(session, model, current) {
    const radio = el("input", { type: "radio", name: `${this.parts.name}-model`, value: model.id });
    radio.checked = model.id === current;
    radio.addEventListener("change", () => this.parts.onModel(session, model));
    return el("label", { class: `pick plain p${Number(session.color) || 8}` }, radio, el("b", {}, model.label), el("small", {}, describe(model)));
  }
}

/** Puts a list above the button that opens it, inside the window. @param {HTMLElement} panel @param {HTMLElement} button */
export function placeAbove(panel, button) {
  const { left } = button.getBoundingClientRect();
  const { top } = byId("composer", HTMLFormElement).getBoundingClientRect();
  panel.style.left = `max(0.75rem, min(${left}px, 100vw - 38.75rem))`;
  panel.style.bottom = `calc(100dvh - ${Math.max(top - 8, 320)}px)`;
}
