// @ts-check
// A long conversation comes with its newest messages; those before them are taken from the server when the reader comes
// near, or asks for them. What the reader looks at stays where it is.
import { say } from "./announce.js";
import { fetchMessages } from "./branch.js";
import { byId, put } from "./dom.js";
import { count } from "./format.js";
import { gettext, ngettext } from "./gettext.js";
import { toast } from "./toast.js";

const NEAR = "600px 0px 0px"; // above what is shown: about a screen

export class Earlier {
  /** @param {{thread: import("./thread.js").Thread, url: () => string, onLoad: () => void}} parts */
  constructor({ thread, url, onLoad }) {
    this.thread = thread;
    this.url = url;
    this.onLoad = onLoad;
    this.button = byId("earlier", HTMLButtonElement);
    /** @type {Promise<void> | null} */ this.loading = null;
    this.button.addEventListener("click", () => this.load());
    new MutationObserver(() => this.show()).observe(thread.root, { attributeFilter: ["data-earlier"] });
    this.show();
  }

  /** How many messages there are before those on the page. */
  get left() {
    return Number(this.thread.root.dataset.earlier ?? 0);
  }

  show() {
    this.button.hidden = this.left === 0;
    put(this.button, "label", gettext("Earlier messages (%(count)s)", { count: count(this.left) }));
  }

  /** From now on they come by themselves. @param {Element} box that scrolls */
  watch(box) {
    const look = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && this.load().then(() => look.unobserve(this.button)).then(() => look.observe(this.button)),
      { root: box, rootMargin: NEAR },
    );
    look.observe(this.button);
  }

  /** Takes the next ones; twice at a time is once. */
  load() {
    if (this.left === 0) return Promise.resolve();
    this.loading ??= this.fetch().finally(() => (this.loading = null));
    return this.loading;
  }

  /** Loads until a message is on the page. @param {string} messageId @returns {Promise<boolean>} whether it is */
  async reach(messageId) {
    for (let before = -1; !this.thread.has(messageId) && this.left > 0 && this.left !== before; ) {
      before = this.left;
      await this.load();
    }
    return this.thread.has(messageId);
  }

  async fetch() {
    const first = this.thread.units[0];
    const message = first?.dataset.message ?? "";
    const sent = await fetchMessages(`${this.url()}?before=${encodeURIComponent(message)}`);
    if (!sent) return toast(gettext("Earlier messages could not be had. Try again when the connection is back."));
    if (this.thread.units[0] !== first) return undefined; // another branch came meanwhile
    const units = /** @type {HTMLElement[]} */ ([...sent.children]).map((unit) => document.importNode(unit, true));
    inPlace(this.thread.units, () => {
      prepend(this.thread, units);
      this.thread.root.dataset.earlier = sent.dataset.earlier;
      this.show();
    });
    this.onLoad();
    return say(ngettext("%(count)s earlier message.", "%(count)s earlier messages.", units.length, { count: count(units.length) }));
  }
}

/** @param {import("./thread.js").Thread} thread @param {HTMLElement[]} units */
function prepend(thread, units) {
  const { answers } = thread;
  thread.answers = [];
  thread.append(units, thread.root.firstElementChild);
  thread.answers.push(...answers);
}

/** What the reader looks at does not move on the screen. @param {HTMLElement[]} units @param {() => void} change */
function inPlace(units, change) {
  const box = /** @type {HTMLElement} */ (units[0].closest(".thread"));
  const edge = box.getBoundingClientRect().top;
  const looked = units.find((unit) => unit.getBoundingClientRect().bottom > edge) ?? units[0];
  const before = looked.getBoundingClientRect().top;
  change();
  box.scrollTop += looked.getBoundingClientRect().top - before;
}
