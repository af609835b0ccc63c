// @ts-check
// Search over titles and messages: Ctrl/Cmd+K from anywhere, results while typing, arrows through them.
import { byId } from "./dom.js";
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
    this.look();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    this.asking?.abort();
    const query = this.field.value.trim();
    if (!query) return this.show([], "Words of a title or a message; the last one may be a beginning. “In quotation marks” they must stand together.");
    const asking = (this.asking = new AbortController());
    const answer = await getJson(this.url, { q: query, session: this.payer?.value ?? "" }, asking.signal);
    if (asking.signal.aborted) return; // a newer query is on its way
    if (answer === "signed_out") return this.onSignedOut();
    if (!Array.isArray(answer?.found)) return this.show([], answer?.message ?? "The search did not reach the server. Try again when the connection is back.");
    this.show(answer.found.map(foundRow), this.words(query, answer));
  }

  /** @param {string} query @param {{found: unknown[], words: string[], more: boolean}} answer */
  words(query, { found, words, more }) {
    const where = this.payer?.value ? ` in conversations of ${this.payer.selectedOptions[0]?.text}` : "";
    if (!words.length) return `“${query}” has no words to look for.`;
    if (!found.length) return `Nothing found for “${query}”${where}: no title and no message has ${words.length > 1 ? `all of these: ${words.join(", ")}` : "it"}.`;
    if (more) return `The newest ${found.length} conversations${where}. Another word narrows it down.`;
    return `${found.length} ${found.length === 1 ? "conversation" : "conversations"}${where}.`;
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
