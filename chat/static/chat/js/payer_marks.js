// @ts-check
// "From here work_claude pays · Sonnet 5.5": marks in the thread where payer or model change, as the server renders them, and one
// at its end while the composer names another payer than the last answer had. So no payer changes in silence.
import { byId, part } from "./dom.js";
import { labelOf } from "./models.js";

/** @typedef {{key: string, name: string, model: string}} Payer `key` tells sessions apart */

export class PayerMarks {
  /** @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker}} parts */
  constructor({ thread, picker }) {
    this.thread = thread;
    this.picker = picker;
    this.next = byId("next-payer", HTMLElement);
  }

  show() {
    /** @type {Payer | null} */
    let before = null;
    for (const answer of /** @type {NodeListOf<HTMLElement>} */ (this.thread.root.querySelectorAll(":scope > .answer"))) {
      const payer = payerOf(answer);
      const mark = part(answer, "turn");
      if (before && mark) dress(mark, payer, differs(before, payer)); // of the first one the server knows what came before
      before = payer;
    }
    const chosen = this.chosen();
    dress(this.next, chosen, Boolean(before && chosen && this.picker.touched && differs(before, chosen)));
  }

  /** Whom the composer names. @returns {Payer | null} */
  chosen() {
    const { session, model, info } = this.picker;
    return session && { key: session.id, name: session.name, model: info?.id ?? model ?? session.default_model };
  }
}

/** @param {HTMLElement} answer @returns {Payer} */
function payerOf(answer) {
  const name = part(answer, "name")?.textContent ?? "";
  return { key: answer.dataset.session || name, name, model: answer.dataset.model ?? "" };
}

/** A model that is not known yet is no other one. @param {Payer} one @param {Payer} other */
const differs = (one, other) => one.key !== other.key || Boolean(one.model && other.model && one.model !== other.model);

/** @param {HTMLElement} mark @param {Payer | null} payer @param {boolean} shown */
function dress(mark, payer, shown) {
  mark.hidden = !shown;
  const [name, model] = [part(mark, "turn-name"), part(mark, "turn-model")];
  if (!shown || !payer || !name || !model) return;
  name.textContent = payer.name;
  model.dataset.namedModel = payer.model;
  model.textContent = labelOf(payer.model);
}
