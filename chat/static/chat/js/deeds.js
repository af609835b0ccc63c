// @ts-check
// What the reader does to a conversation as a whole: pin, archive, delete, rename, and the way back from each. The server's
// answer is the new state, which every page of the reader is told as well.
import { gettext } from "./gettext.js";
import { postForm } from "./server.js";
import { forget, handOver, takeOver, toast } from "./toast.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{id: string, title: string}} Named */

export class Deeds {
  /**
   * @param {{csrf: string, urlOf: (id: string) => string, isHere: (id: string) => boolean, newUrl: string,
   *   onFrame: (frame: Frame) => void, onSignedOut: () => void}} parts `isHere`: whether the page shows it; `newUrl`: a new chat
   */
  constructor(parts) {
    this.parts = parts;
  }

  /** A deletion just before this page was opened, or reloaded, can still be undone here. */
  resume() {
    const left = takeOver();
    if (left?.kind === "deleted") this.offerUndo(left, left.left);
  }

  /** @param {Named} one @param {string} title @returns {Promise<Frame | null>} the new state, null if it did not work */
  rename({ id }, title) {
    return this.post(id, "rename", { title });
  }

  /** @param {Named} one @param {boolean} on */
  async pin({ id }, on) {
    await this.post(id, "pin", { on: on ? "1" : "0" });
  }

  /** @param {Named} one @param {boolean} on */
  async archive(one, on) {
    if (!(await this.post(one.id, "archive", { on: on ? "1" : "0" }))) return;
    if (on) toast(gettext("Archived “%(title)s”.", one), { label: gettext("Undo"), run: () => this.archive(one, false) });
  }

  /** @param {Named} one */
  async delete(one) {
    const wasHere = this.parts.isHere(one.id);
    if (!(await this.post(one.id, "delete"))) return;
    handOver({ kind: "deleted", ...one });
    if (wasHere) location.assign(this.parts.newUrl);
    else this.offerUndo(one);
  }

  /** @param {Named} one @param {number} [ms] */
  offerUndo(one, ms) {
    toast(gettext("Deleted “%(title)s”.", one), { label: gettext("Undo"), run: () => this.restore(one) }, ms);
  }

  /** @param {Named} one */
  async restore(one) {
    forget();
    if (await this.post(one.id, "restore")) toast(gettext("“%(title)s” is back.", one), { label: gettext("Open"), run: () => location.assign(this.parts.urlOf(one.id)) });
  }

  /** @param {string} id @param {string} deed @param {Record<string, string>} [fields] @returns {Promise<Frame | null>} */
  async post(id, deed, fields = {}) {
    const answer = await postForm(`${this.parts.urlOf(id)}${deed}/`, fields, this.parts.csrf);
    if (answer === "signed_out") this.parts.onSignedOut();
    else if (answer?.type === "conversation") {
      this.parts.onFrame(answer);
      return answer;
    } else toast(answer?.message ?? gettext("That did not reach the server. Try again when the connection is back."));
    return null;
  }
}
