// @ts-check
// Another branch of the conversation is shown: takes it from the server as it is rendered there, keeps the messages that the
// page has already, and replaces what follows.

import { idsOf } from "./siblings.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {{first: HTMLElement | undefined, answers: Answer[], forks: string[][], revision: number}} Taken the first new message, the
 *   new answers, and where the branch could go another way */

export class Branch {
  /** @param {{thread: import("./thread.js").Thread, url: () => string}} parts */
  constructor({ thread, url }) {
    this.thread = thread;
    this.url = url;
    /** @type {Promise<Taken | null> | null} */ this.loading = null;
    this.stale = false; // it changed again while it was on its way
  }

  /** @param {() => number} revision what the page knows of by now: an older branch is not taken
   * @returns {Promise<Taken | null>} null if there was nothing to take, or somebody else is told */
  async load(revision) {
    if (this.loading) {
      this.stale = true;
      return null;
    }
    this.loading = this.fetch(revision);
    try {
      return await this.loading;
    } finally {
      this.loading = null;
    }
  }

  /** @param {() => number} revision @returns {Promise<Taken | null>} */
  async fetch(revision) {
    do {
      this.stale = false;
      const sent = await fetchMessages(this.url());
      if (!sent) return null;
      const found = Number(sent.dataset.revision);
      if (!this.stale && found >= revision()) return { ...merge(this.thread, sent), revision: found };
    } while (this.stale);
    return null; // a newer state is on its way, and asks again if it must
  }
}

/** @param {string} url @returns {Promise<HTMLElement | null>} null when the server cannot be reached or has it no more */
export async function fetchMessages(url) {
  const response = await fetch(url, { redirect: "manual" }).catch(() => null);
  if (!response?.ok) return null;
  // A document of its own: nothing in it runs or loads, and our template has escaped what came from outside.
  return new DOMParser().parseFromString(await response.text(), "text/html").getElementById("messages");
}

/** @param {import("./thread.js").Thread} thread @param {HTMLElement} sent */
function merge(thread, sent) {
  const next = /** @type {HTMLElement[]} */ ([...sent.children]);
  const [shown, wanted] = [thread.units.map(keyOf), next.map(keyOf)];
  const start = shown.indexOf(wanted[0]); // the page may have older messages than the server sends
  if (start <= 0) thread.root.dataset.earlier = sent.dataset.earlier;
  let same = 0;
  while (start >= 0 && same < wanted.length && shown[start + same] === wanted[same]) same += 1;
  thread.cutAfter(same > 0 ? wanted[same - 1].split(" ")[0] : null);
  const fresh = next.slice(same).map((message) => document.importNode(message, true));
  const forks = next.map((message) => idsOf(message)).filter((siblings) => siblings.length > 1);
  return { first: fresh[0], answers: thread.append(fresh), forks };
}

/** What tells a message from others, or answers side by side: all their ids. @param {HTMLElement} unit */
function keyOf(unit) {
  const inside = /** @type {NodeListOf<HTMLElement>} */ (unit.querySelectorAll("[data-message]"));
  return unit.dataset.message ?? [...inside].map((message) => message.dataset.message).join(" ");
}
