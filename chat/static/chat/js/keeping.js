// @ts-check
// Ties together what is around the list of conversations: its menu, what can be done with it, older ones, renaming, search. The page's
// own conversation has the same menu in the head.
import { ConversationMenu } from "./conversation_menu.js";
import { Deeds } from "./deeds.js";
import { byId } from "./dom.js";
import { Older } from "./older.js";
import { read } from "./rail_rows.js";
import { Renaming } from "./renaming.js";
import { SearchDoor } from "./search_door.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./conversation_menu.js").Facts} Facts */

export class Keeping {
  /**
   * @param {{bootstrap: import("./types.js").Bootstrap, csrf: string, rail: import("./rail.js").Rail, place: import("./place.js").Place,
   *   onFrame: (frame: Frame) => void, onSignedOut: () => void}} parts
   */
  constructor({ bootstrap, csrf, rail, place, onFrame, onSignedOut }) {
    this.place = place;
    /** @type {Frame | null} the state of the page's own conversation */
    this.state = bootstrap.state;
    const urlOf = (/** @type {string} */ id) => place.urlOf(id);
    const isHere = (/** @type {string} */ id) => id === place.conversation;
    this.deeds = new Deeds({ csrf, urlOf, isHere, newUrl: bootstrap.home_url, onFrame, onSignedOut });
    this.renaming = new Renaming((one, title) => this.deeds.rename(one, title));
    this.menu = new ConversationMenu({ urlOf, onDeed: (deed, about) => this.act(deed, about) });
    this.older = new Older({ rail, url: bootstrap.older_url, before: bootstrap.older, onSignedOut });
    this.search = new SearchDoor({ url: bootstrap.search_url, onSignedOut });
    rail.root.addEventListener("click", (event) => this.openFromRow(/** @type {Element} */ (event.target)));
    const more = byId("more", HTMLButtonElement);
    more.addEventListener("click", () => this.menu.open(more, this.facts));
    this.deeds.resume();
  }

  /** What the head's menu is about. @returns {Facts} */
  get facts() {
    const title = byId("title", HTMLElement).textContent ?? "";
    return { id: this.place.conversation ?? "", title, pinned: Boolean(this.state?.pinned), archived: Boolean(this.state?.archived) };
  }

  /** @param {Element} target */
  openFromRow(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest(".conv-more"));
    const row = /** @type {HTMLElement | null} */ (button?.parentElement?.querySelector("a.conv") ?? null);
    if (button && row) this.menu.open(button, { ...read(row), archived: false });
  }

  /** @param {string} deed @param {Facts} about */
  act(deed, about) {
    const deeds = this.deeds;
    if (deed === "rename") this.renaming.open(about);
    if (deed === "pin" || deed === "unpin") deeds.pin(about, deed === "pin");
    if (deed === "archive" || deed === "unarchive") deeds.archive(about, deed === "archive");
    if (deed === "delete") deeds.delete(about);
  }

  /** The state of a conversation, after any change. @param {Frame} frame */
  changed(frame) {
    if (frame.conversation === this.place.conversation) this.state = frame;
    this.renaming.changed(frame);
  }
}
