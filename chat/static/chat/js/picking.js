// @ts-check
// What a person does with answers side by side: picks one, stops one, sees them again after the choice. Fetches the columns of
// a comparison that is decided, because its other answers are not part of the thread.
import { say } from "./announce.js";
import { Columns } from "./columns.js";
import { byId } from "./dom.js";
import { gettext } from "./gettext.js";
import { Metrics } from "./metrics.js";
import { ANY } from "./place.js";
import { hideTrouble, showTrouble } from "./trouble.js";

/** @typedef {import("./answer.js").Answer} Answer */

export class Picking {
  /** @param {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, follower: import("./scroll.js").Follower,
   *   comparisons: import("./comparisons.js").Comparisons, besideUrl: string,
   *   onPick: (message: string) => void, onStop: (generation: string) => void}} parts */
  constructor({ thread, picker, follower, comparisons, besideUrl, onPick, onStop }) {
    this.thread = thread;
    this.picker = picker;
    this.follower = follower;
    this.comparisons = comparisons;
    this.besideUrl = besideUrl;
    this.onPick = onPick;
    this.onStop = onStop;
    this.picked = ""; // the message of the column that was picked here
    /** @type {Columns[]} of comparisons that are decided, seen again */ this.again = [];
    thread.root.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  /** @param {Element} target */
  click(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("[data-compare]"));
    const what = button?.dataset.compare;
    if (!button || !what) return;
    if (what === "again") return void this.show(/** @type {HTMLElement} */ (button.closest(".answer")));
    const columns = [this.comparisons.open, ...this.again].find((one) => one?.element.contains(button));
    if (columns && what === "close") return this.close(columns);
    const newest = [...(columns?.columns.values() ?? [])].find(({ element }) => element.contains(button))?.answers.at(-1);
    if (newest && what === "stop") this.onStop(newest.generation);
    if (newest && what === "pick") this.pick(newest);
  }

  /** @param {Answer} answer */
  pick({ element }) {
    this.picked = element.dataset.message ?? element.dataset.beside ?? "";
    this.onPick(this.picked);
  }

  /** The conversation goes on with this answer, picked here or elsewhere: its session pays from now on. @param {Answer} answer */
  decided({ element }) {
    const { picker, follower } = this;
    const session = picker.sessions.find((other) => other.id === element.dataset.session && other.usable);
    const mine = element.dataset.message === this.picked;
    if (session && (mine || !picker.touched)) picker.choose(session, element.dataset.model ?? "");
    if (mine) say(session ? gettext("Going on with %(name)s.", session) : gettext("Going on with this answer."));
    if (mine) byId("prompt", HTMLTextAreaElement).focus({ preventScroll: true });
    hideTrouble("pick");
    follower.follow();
  }

  /** Side by side again, in place of the answer that was picked. @param {HTMLElement} chosen */
  async show(chosen) {
    if (chosen.hasAttribute("data-behind")) return;
    const response = await fetch(this.besideUrl.replace(ANY, chosen.dataset.generation ?? ""), { redirect: "manual" }).catch(() => null);
    // A document of its own: nothing in it runs or loads, and our template has escaped what came from outside.
    const sent = response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".comparison") : null;
    if (!(sent instanceof HTMLElement)) {
      showTrouble("beside", { title: gettext("The other answers cannot be shown just now."), text: gettext("Try again in a moment.") });
      return;
    }
    const element = document.importNode(sent, true);
    for (const message of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-message]"))) {
      message.dataset.beside = message.dataset.message; // of the thread is only the picked one
      delete message.dataset.message;
    }
    chosen.before(element);
    this.take(element);
  }

  /** @param {HTMLElement} element */
  take(element) {
    const columns = new Columns(element);
    columns.fill([...element.querySelectorAll(".answer")].map((one) => this.thread.adopt(/** @type {HTMLElement} */ (one))));
    this.thread.nameModels();
    columns.show();
    new Metrics().watch(columns);
    this.again.push(columns);
    for (const one of this.behind(columns)) one.toggleAttribute("data-behind", true);
    element.querySelector("button")?.focus();
  }

  /** The answers of the thread that stand in the picked column now. @param {Columns} columns */
  behind(columns) {
    const generations = columns.columns.get(columns.picked ?? -1)?.answers.map((answer) => answer.generation) ?? [];
    const answers = this.thread.answers.filter((answer) => generations.includes(answer.generation) && answer.element.dataset.message);
    return answers.map((answer) => answer.element);
  }

  /** @param {Columns} columns */
  close(columns) {
    const [chosen] = this.behind(columns);
    for (const one of this.behind(columns)) one.removeAttribute("data-behind");
    for (const answer of columns.answers) this.thread.drop(answer);
    columns.element.remove();
    this.again = this.again.filter((other) => other !== columns);
    /** @type {HTMLElement | null} */ (chosen?.querySelector("[data-compare=again]"))?.focus();
  }
}
