// @ts-check
// Messages of this page that the server has not acknowledged: shows each at once, as a question with an empty answer
// or behind the others that wait, and binds or drops it when the server has said which it is.
import { gettext } from "./gettext.js";
import { newId } from "./ids.js";
import { showTrouble } from "./trouble.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Sending} Sending */
/** @typedef {{prompt: HTMLElement, answer: import("./answer.js").Answer}} Pair a question and its answer that wait for their ids */
/** @typedef {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, queue: import("./queue.js").Queue,
 *   place: import("./place.js").Place, drawer: import("./drawer.js").Drawer, compare: import("./compare_door.js").CompareDoor, comparisons: import("./comparisons.js").Comparisons, follower: import("./scroll.js").Follower, delivery: import("./delivery.js").Delivery}} Parts */

export class Asking {
  /** @param {Parts} parts @param {() => void} onChange whether an answer is on its way may have changed */
  constructor(parts, onChange) {
    this.parts = parts;
    this.onChange = onChange;
    /** @type {Map<string, Pair>} by client id */
    this.pairs = new Map();
  }

  /** @param {string} text @param {import("./types.js").FileView[]} [files]
   * @param {{replaces?: string, wait?: boolean}} [options] `replaces`: the message of which it is another wording; `wait`: until a limit of the
   *   session has passed @returns {boolean} whether it was taken */
  ask(text, files = [], { replaces, wait } = {}) {
    const { picker, place, delivery, drawer, compare } = this.parts;
    const why = replaces ? null : this.hindrance();
    if (why) showTrouble("pick", { ...why, text: `${why.text} ${gettext("Your text stays in the box.")}` });
    if (why || !picker.session) return false;
    const payers = replaces ? [] : compare.payers;
    const [{ session, model }] = [...payers, { session: picker.session.id, model: picker.model }];
    /** @type {Sending} */
    const entry = {
      client_id: newId(), conversation: place.idForSending(), text, session, model, at: Date.now(),
      settings: drawer.forNew, files, ...(replaces && { replaces }), ...(wait && { wait }), ...(payers.length && { payers }),
    };
    if (payers.length) compare.close();
    this.show(entry);
    delivery.submit(entry);
    return true;
  }

  /** Why nothing can be sent now, and what to do; `null` if it can. */
  hindrance() {
    const { thread, queue, compare, comparisons } = this.parts;
    if (comparisons.open) return { title: gettext("Not sent: no answer is picked yet."), text: gettext("Go on with one of them first.") };
    if (compare.problem) return { title: gettext("Not sent."), text: compare.problem };
    if (compare.active && (thread.running || queue.goesOut)) return { title: gettext("Not sent: an answer is being written."), text: gettext("Wait for it or stop it, then compare.") };
    return null;
  }

  /** Shows a message that has no ids yet. @param {Sending} entry */
  show(entry) {
    const { thread, picker, queue, follower, comparisons } = this.parts;
    if (entry.payers) {
      comparisons.expect(entry);
      return this.onChange();
    }
    const session = picker.sessions.find((other) => other.id === entry.session);
    if (!session || entry.replaces || this.pairs.has(entry.client_id)) return; // another wording is shown when it begins
    if (thread.running || queue.goesOut || entry.wait) return queue.expect(entry, session);
    const pair = thread.addPair({ text: entry.text, files: entry.files, session, model: entry.model ?? picker.modelLabel });
    pair.answer.element.dataset.model = entry.model ?? ""; // a label is no name of a model
    this.pairs.set(entry.client_id, pair);
    follower.jump();
    this.onChange();
  }

  /** @param {Frame} frame the answer to a `send` @returns {Pair | undefined} what still waits for these ids */
  acknowledged(frame) {
    const id = String(frame.ref);
    if (frame.state === "queued") {
      this.drop(id); // another page was faster, so it waits; the queue's own frame shows it
      return undefined;
    }
    this.parts.queue.forget(id);
    if (!this.parts.thread.has(frame.message)) return this.take(id);
    this.drop(id); // it came with the page already
    return undefined;
  }

  /** The pair of this message, which is about to get its ids. @param {string} clientId */
  take(clientId) {
    const pair = this.pairs.get(clientId);
    this.pairs.delete(clientId);
    this.parts.queue.forget(clientId);
    return pair;
  }

  /** The server has it in another form, or not at all. @param {string} clientId */
  drop(clientId) {
    const pair = this.take(clientId);
    if (pair) this.parts.thread.forget(pair.answer);
    this.parts.comparisons.forget(clientId);
    this.onChange();
  }
}
