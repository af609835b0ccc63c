// @ts-check
// Search over titles and messages: results while typing, arrows through them. search_door.js fetches and opens it.
import { byId } from "./dom.js";
import { gettext, ngettext } from "./gettext.js";
import { foundRow } from "./search_results.js";
import { getJson } from "./server.js";

const PAUSE_MS = 150; // nobody types single letters faster and wants to see what each finds

export class Search {
  /** @param {{url: string, onSignedOut: () => void}} parts */
  constructor({ url, onSignedOut }) {
    this.url = url;
    this.onSignedOut = onSignedOut;
    this.dialog = byId("search", HTMLDialogElement);
    this.field = byId("search-field", HTMLInputElement);
    this.list = byId("search-results", HTMLElement);
    this.status = byId("search-status", HTMLElement);
    this.payer = /** @type {HTMLSelectElement | null} */ (document.getElementById("search-payer"));
    /** @type {AbortController | null} */ this.asking = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.timer = undefined;
    this.field.addEventListener("input", () => this.soon());
    this.payer?.addEventListener("change", () => this.look());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    this.asking?.abort();
    const query = this.field.value.trim();
    if (!query) return this.show([], gettext("Words of a title or a message; the last one may be a beginning. “In quotation marks” they must stand together."));
    const asking = (this.asking = new AbortController());
    const answer = await getJson(this.url, { q: query, session: this.payer?.value ?? "" }, asking.signal);
    if (asking.signal.aborted) return; // a newer query is on its way
    if (answer === "signed_out") return this.onSignedOut();
    if (!Array.isArray(answer?.found)) return this.show([], answer?.message ?? gettext("The search did not reach the server. Try again when the connection is back."));
    this.show(answer.found.map(foundRow), this.words(query, answer));
  }

  /** @param {string} query @param {{found: unknown[], words: string[], more: boolean}} answer */
  words(query, { found, words, more }) {
    if (!words.length) return gettext("“%(query)s” has no words to look for.", { query });
    const name = this.payer?.value ? this.payer.selectedOptions[0]?.text : "";
    return found.length ? howMany(found.length, more, name) : nothing(query, words, name);
  }

  /** @param {HTMLElement[]} rows @param {string} words */
  show(rows, words) {
    this.list.replaceChildren(...rows);
    this.status.textContent = words;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || document.activeElement === this.payer) return;
    event.preventDefault();
    const stops = [this.field, .../** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll("a"))];
    const at = stops.indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    stops.at((at + step) % stops.length)?.focus();
  }
}

/** @param {number} count @param {boolean} more whether there are others @param {string} name of the payer that was asked for, or "" */
function howMany(count, more, name) {
  const values = { count, name };
  const end = more ? gettext("Another word narrows it down.") : "";
  const one = more ? newest(values) : name
    ? ngettext("%(count)s conversation in conversations of %(name)s.", "%(count)s conversations in conversations of %(name)s.", count, values)
    : ngettext("%(count)s conversation.", "%(count)s conversations.", count);
  return `${one} ${end}`.trim();
}

/** @param {{count: number, name: string}} values */
function newest(values) {
  return values.name
    ? gettext("The newest %(count)s conversations in conversations of %(name)s.", values)
    : gettext("The newest %(count)s conversations.", values);
}

/** @param {string} query @param {string[]} words of it @param {string} name */
function nothing(query, words, name) {
  const what = name ? gettext("Nothing found for “%(query)s” in conversations of %(name)s", { query, name }) : gettext("Nothing found for “%(query)s”", { query });
  const why = words.length > 1 ? gettext("no title and no message has all of these: %(words)s.", { words: words.join(", ") }) : gettext("no title and no message has it.");
  return `${what}: ${why}`;
}
