// @ts-check
// The menu of a conversation, opened from its row or from the head of the page: what can be done to it, by pointer, finger
// and keyboard. One menu for all of them; whoever opens it says which conversation it is about.
import { byId } from "./dom.js";

/** @typedef {{id: string, title: string, pinned: boolean, archived: boolean}} Facts */

const MARGIN = 8; // CSS pixels to the edge of the window

export class ConversationMenu {
  /** @param {{urlOf: (id: string) => string, onDeed: (deed: string, about: Facts, opener: HTMLElement) => void}} parts */
  constructor({ urlOf, onDeed }) {
    this.urlOf = urlOf;
    this.onDeed = onDeed;
    this.root = byId("conversation-menu", HTMLElement);
    /** @type {Facts | null} */ this.about = null;
    /** @type {HTMLElement | null} */ this.opener = null;
    this.root.addEventListener("click", (event) => this.choose(/** @type {Element} */ (event.target)));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("toggle", (event) => this.toggled(/** @type {ToggleEvent} */ (event).newState === "open"));
  }

  /** @returns {HTMLElement[]} what can be chosen now */
  get items() {
    return [...this.root.querySelectorAll("[role=menuitem]")].map((item) => /** @type {HTMLElement} */ (item)).filter((item) => !item.hidden);
  }

  /** @param {HTMLElement} opener the button @param {Facts} about */
  open(opener, about) {
    this.about = about;
    this.opener = opener;
    const shown = { pin: !about.pinned, unpin: about.pinned, archive: !about.archived, unarchive: about.archived };
    for (const [deed, isShown] of Object.entries(shown)) this.item(deed).hidden = !isShown;
    for (const link of this.root.querySelectorAll("a[data-path]")) {
      /** @type {HTMLAnchorElement} */ (link).href = `${this.urlOf(about.id)}${/** @type {HTMLElement} */ (link).dataset.path}`;
    }
    this.root.setAttribute("aria-label", `“${about.title}”`);
    this.root.showPopover();
    this.place(opener);
    this.items[0]?.focus();
  }

  /** @param {string} deed */
  item(deed) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-deed="${deed}"]`));
  }

  /** Below its button, or above where there is no room. @param {HTMLElement} opener */
  place(opener) {
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const left = Math.min(Math.max(MARGIN, at.right - width), innerWidth - width - MARGIN);
    const below = at.bottom + MARGIN / 2;
    const top = below + height + MARGIN > innerHeight ? Math.max(MARGIN, at.top - height - MARGIN / 2) : below;
    this.root.style.left = `${left}px`;
    this.root.style.top = `${top}px`;
  }

  /** @param {boolean} open */
  toggled(open) {
    this.opener?.setAttribute("aria-expanded", String(open));
    if (!open && (document.activeElement === document.body || this.root.contains(document.activeElement))) this.opener?.focus();
  }

  /** @param {Element} target */
  choose(target) {
    const item = /** @type {HTMLElement | null} */ (target.closest("[data-deed]"));
    const { about, opener } = this;
    if (!item || !about || !opener) return;
    this.root.hidePopover();
    this.onDeed(item.dataset.deed ?? "", about, opener);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { items } = this;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") this.root.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  }
}
