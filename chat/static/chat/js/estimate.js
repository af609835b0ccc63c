// @ts-check
// What a long message would use, said before it is sent. Asked of the server when the writer pauses; short ones are not.
import { byId } from "./dom.js";
import { count, money, UNKNOWN } from "./format.js";
import { ngettext } from "./gettext.js";
import { postJson } from "./server.js";

const PAUSE_MS = 800;
const LONG = 4000; // characters from which a person wonders

export class EstimateLine {
  /** @param {{url: string, csrf: string, composer: import("./composer.js").Composer, attachments: import("./attachments.js").Attachments,
   *   picker: import("./picker.js").Picker, place: import("./place.js").Place, drawer: import("./drawer.js").Drawer}} parts */
  constructor(parts) {
    this.parts = parts;
    this.line = byId("estimate", HTMLElement);
    this.asked = ""; // what the line is about
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.pause = undefined;
  }

  /** The message as it would be sent, `null` where nobody could answer it. */
  describe() {
    const { composer, attachments, picker, place, drawer } = this.parts;
    return picker.session && {
      conversation: place.idForSending(), text: composer.box.value.trim(), session: picker.session.id, model: picker.model,
      attachments: attachments.views.map((file) => file.id), settings: drawer.forNew,
    };
  }

  /** Text, files, payer or settings are others now. */
  changed() {
    clearTimeout(this.pause);
    const message = this.describe();
    const isLong = message !== null && (message.text.length >= LONG || message.attachments.length > 0);
    const asked = isLong ? JSON.stringify(message) : "";
    if (asked === this.asked) return;
    this.asked = asked;
    this.say("");
    if (isLong) this.pause = setTimeout(() => this.ask(asked), PAUSE_MS);
  }

  /** @param {string} asked */
  async ask(asked) {
    const answer = await postJson(this.parts.url, JSON.parse(asked), this.parts.csrf);
    if (asked !== this.asked) return; // it was written on meanwhile
    const tokens = answer && answer !== "signed_out" ? answer.tokens : null;
    const cost = answer && answer !== "signed_out" ? answer.cost : null;
    this.say([inTokens(tokens), cost && money(cost)].filter(Boolean).join(", "));
  }

  /** @param {string} words */
  say(words) {
    this.line.textContent = words;
    this.line.hidden = words === "";
  }
}

/** @param {unknown} tokens */
function inTokens(tokens) {
  const known = typeof tokens === "number";
  return ngettext("%(count)s token", "%(count)s tokens", known ? tokens : 0, { count: known ? count(tokens) : UNKNOWN });
}
