// @ts-check
// Where this page is: the id, address and title of its conversation. A new one gets its address when it exists.
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { newId } from "./ids.js";

export const ANY = "00000000-0000-0000-0000-000000000000";

export class Place {
  /** @param {string | null} conversation @param {string} pattern the address with zeros for the id */
  constructor(conversation, pattern) {
    this.conversation = conversation;
    this.pattern = pattern;
    this.settled = conversation !== null;
  }

  /** @param {string} id */
  urlOf(id) {
    return this.pattern.replace(ANY, id);
  }

  /** The id under which messages go out; a new chat makes it once. */
  idForSending() {
    this.conversation ??= newId();
    return this.conversation;
  }

  /** The conversation exists on the server. @param {string} id @param {string} title */
  settle(id, title) {
    if (id !== this.conversation) return;
    this.name(title);
    if (this.settled) return;
    this.settled = true;
    history.replaceState(null, "", this.urlOf(id));
    byId("more", HTMLButtonElement).hidden = false;
  }

  /** @param {string} title */
  name(title) {
    const shown = title || gettext("New chat");
    byId("title", HTMLElement).textContent = shown;
    document.title = `${shown} · Maestro`;
  }
}
