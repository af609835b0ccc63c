// @ts-check
// More of the list than the page came with: older conversations on demand, and those of one payer. Rows that are there
// already are brought up to date, so nothing is doubled.
import { say } from "./announce.js";
import { byId } from "./dom.js";
import { gettext, ngettext } from "./gettext.js";
import { getJson } from "./server.js";
import { toast } from "./toast.js";

export class Older {
  /** @param {{rail: import("./rail.js").Rail, url: string, before: string, onSignedOut: () => void}} parts `before`: where the page's list ends */
  constructor({ rail, url, before, onSignedOut }) {
    this.rail = rail;
    this.url = url;
    this.onSignedOut = onSignedOut;
    this.button = byId("older", HTMLButtonElement);
    this.none = byId("none-of-payer", HTMLElement);
    /** @type {Map<string, string>} where the list of each payer goes on; empty at its end */
    this.ends = new Map([["", before]]);
    this.button.addEventListener("click", () => this.load());
    document.getElementById("rail-payer")?.addEventListener("change", (event) => this.choose(/** @type {HTMLSelectElement} */ (event.target).value));
    this.show();
  }

  /** @param {string} session */
  async choose(session) {
    this.rail.only(session);
    this.show();
    if (!this.ends.has(session)) await this.load();
    this.show();
  }

  async load() {
    const session = this.rail.payer;
    const had = this.rail.rows.length;
    this.button.disabled = true;
    const answer = await getJson(this.url, { before: this.ends.get(session) ?? "", session });
    this.button.disabled = false;
    if (answer === "signed_out") return this.onSignedOut();
    if (!Array.isArray(answer?.rows)) return toast(answer?.message ?? gettext("The list could not be had. Try again when the connection is back."));
    this.ends.set(session, answer.older);
    this.rail.upsertAll(answer.rows.map(factsOf));
    this.show();
    const more = this.rail.rows.length - had;
    say(ngettext("%(count)s more conversation.", "%(count)s more conversations.", more));
  }

  show() {
    const { payer, rows } = this.rail;
    this.button.hidden = !this.ends.get(payer);
    this.none.hidden = !payer || this.button.hidden === false || rows.some((row) => this.rail.isListed(row));
  }
}

/** A row as the server sends it. @param {Record<string, any>} row @returns {import("./rail_rows.js").RowFacts} */
function factsOf({ conversation, title, session, running, pinned, updated_at: updated }) {
  return { id: conversation, title, session, running, pinned, updated };
}
