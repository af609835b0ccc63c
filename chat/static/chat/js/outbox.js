// @ts-check
// Messages that the server has not acknowledged. They outlive a reload and are sent again with the same
// `client_id`, of which the server makes one run only, so nothing is lost and nothing is paid twice.
import { keep, recall } from "./store.js";

/** @typedef {import("./types.js").Sending} Sending */

// Older ones are not sent by themselves: nobody expects yesterday's click to cost money today.
export const FRESH_MS = 15 * 60 * 1000;

/** @param {unknown} value @returns {value is Sending} */
function isSending(value) {
  const entry = /** @type {Record<string, unknown>} */ (value ?? {});
  return ["client_id", "conversation", "text", "session"].every((key) => typeof entry[key] === "string") && typeof entry.at === "number";
}

export class Outbox {
  /** @param {string} user */
  constructor(user) {
    this.key = `maestro.outbox.${user}`;
    /** @type {Sending[]} what this page has added, in case storage is forbidden */
    this.own = [];
  }

  /** @returns {Sending[]} */
  entries() {
    const stored = recall(this.key);
    return Array.isArray(stored) ? stored.filter(isSending) : this.own;
  }

  /** @param {Sending} entry */
  add(entry) {
    this.own = [...this.own, entry];
    keep(this.key, [...this.entries().filter((other) => other.client_id !== entry.client_id), entry]);
  }

  /** @param {string} clientId @returns {Sending | undefined} what was waiting under this id */
  remove(clientId) {
    const found = [...this.entries(), ...this.own].find((entry) => entry.client_id === clientId);
    this.own = this.own.filter((entry) => entry.client_id !== clientId);
    keep(this.key, this.entries().filter((entry) => entry.client_id !== clientId));
    return found;
  }

  /** Takes away and returns what is too old to be sent by itself. @param {number} [now] milliseconds */
  takeStale(now = Date.now()) {
    const stale = this.entries().filter((entry) => now - entry.at > FRESH_MS);
    for (const entry of stale) this.remove(entry.client_id);
    return stale;
  }
}
