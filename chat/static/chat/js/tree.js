// @ts-check
// The tree of messages behind the thread and what is done with each: versions, other wordings, other payers, copies, deletions.
// Ties these to the page and to the server.
import { say } from "./announce.js";
import { el } from "./dom.js";
import { Branch } from "./branch.js";
import { listenForCopying } from "./copying.js";
import { Editing } from "./editing.js";
import { gettext } from "./gettext.js";
import { OtherPayer } from "./other_payer.js";
import { PayerMarks } from "./payer_marks.js";
import { ANY } from "./place.js";
import { Removing } from "./removing.js";
import { Siblings } from "./siblings.js";
import { hideTrouble, showTrouble } from "./trouble.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{type: string, ref: string, [key: string]: unknown}} Wish */

export class Tree {
  /**
   * @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, place: import("./place.js").Place,
   *   again: import("./again.js").Again, bootstrap: import("./types.js").Bootstrap, act: (frame: Wish, url: string) => void,
   *   onReword: (message: string, text: string) => boolean, onLost: (text: string) => void, onChosen: () => void}} parts
   */
  constructor({ thread, picker, place, again, bootstrap, act, onReword, onLost, onChosen }) {
    this.thread = thread;
    /** @param {string} message */
    this.onShow = (message) => act({ type: "show", ref: `show:${message}`, message }, bootstrap.show_url);
    this.branch = new Branch({ thread, url: () => bootstrap.branch_url.replace(ANY, place.conversation ?? ANY) });
    this.editing = new Editing({ thread, picker, onSave: onReword, onLost });
    this.removing = new Removing({ thread, onWish: (frame) => act(frame, bootstrap.remove_url) });
    this.siblings = new Siblings({ thread, onShow: this.onShow });
    this.marks = new PayerMarks({ thread, picker });
    new OtherPayer({ thread, picker, again, onChosen });
    listenForCopying(thread);
    /** @type {string[][]} */ this.forks = bootstrap.state?.forks ?? [];
    /** @type {string[]} */ this.writing = bootstrap.state?.writing ?? [];
    this.told = ""; // the message of which the bar says that it is being written
  }

  /** @param {Frame} frame the state of the conversation */
  update(frame) {
    this.forks = frame.forks ?? [];
    this.writing = frame.writing ?? [];
    this.show();
  }

  /** The messages on the page, or who pays, have changed. */
  show() {
    this.siblings.show(this.forks);
    this.editing.show();
    this.marks.show();
    this.showElsewhere();
  }

  /** Says when another version than the one that is read is being written, and leads there. */
  showElsewhere() {
    if (this.branch.loading) return; // what is on its way may be just that
    const elsewhere = this.writing.find((message) => !this.thread.has(message)) ?? "";
    if (elsewhere === this.told) return;
    this.told = elsewhere;
    if (!elsewhere) return hideTrouble("elsewhere");
    const go = el("button", { class: "btn small", type: "button" }, gettext("Show it"));
    go.addEventListener("click", () => this.onShow(elsewhere));
    showTrouble("elsewhere", { tone: "", title: gettext("Another version is being written."), text: gettext("What you send meanwhile waits for it."), actions: [go] });
  }

  /** Takes the branch that is shown now. @param {() => number} revision what the page knows of
   * @returns {Promise<import("./branch.js").Taken | null>} */
  async load(revision) {
    const taken = await this.branch.load(revision);
    if (!taken) return null;
    this.forks = taken.forks;
    this.show();
    const words = this.siblings.arrived(taken.first);
    if (words) say(words);
    return taken;
  }
}
