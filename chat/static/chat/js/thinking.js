// @ts-check
// The fold with a model's thoughts: "Thinking… 4 s" while it thinks, "Thought for 6 s" when something else follows.
import { part } from "./dom.js";
import { gettext } from "./gettext.js";

const TICK_MS = 1000;

export class Thinking {
  /** @param {HTMLElement} answer */
  constructor(answer) {
    this.box = /** @type {HTMLElement} */ (part(answer, "thinking"));
    this.label = part(answer, "thinking-label");
    this.text = part(answer, "thinking-text");
    this.seconds = 0; // of thoughts that are over
    this.since = 0; // when those began that are not
    this.index = -1; // of the block that was written last
    /** @type {ReturnType<typeof setInterval> | undefined} */ this.tick = undefined;
    // A page that is loaded in the middle goes on counting where the server was.
    const before = Number(this.box.dataset.seconds || 0);
    if (answer.dataset.status === "streaming" && before && !this.box.hidden) this.begin(before);
  }

  /** @param {import("./types.js").AnswerEvent} event */
  add(event) {
    if (!this.since) this.begin(0);
    if (this.index >= 0 && event.index !== this.index) this.text?.append("\n\n");
    this.index = event.index;
    this.text?.append(event.text);
  }

  /** @param {number} before seconds that it has thought already */
  begin(before) {
    this.box.hidden = false;
    this.since = Date.now() - before * 1000;
    this.show();
    this.tick = setInterval(() => this.show(), TICK_MS);
  }

  show() {
    const seconds = this.seconds + (this.since ? (Date.now() - this.since) / 1000 : 0);
    const time = { time: inSeconds(seconds) };
    if (this.label) this.label.textContent = this.since ? gettext("Thinking… %(time)s", time) : gettext("Thought for %(time)s", time);
  }

  /** Something else follows. */
  rest() {
    if (!this.since) return;
    clearInterval(this.tick);
    this.seconds += (Date.now() - this.since) / 1000;
    this.since = 0;
    this.show();
  }

  /** The answer is over. @param {number | null | undefined} seconds as the server measured */
  end(seconds) {
    this.rest();
    if (this.box.hidden || seconds == null) return;
    this.seconds = seconds;
    this.show();
  }

  /** The answer comes again from its start. */
  clear() {
    this.rest();
    this.text?.replaceChildren();
    this.seconds = 0;
    this.index = -1;
  }
}

/** Whole ones, at least one. @param {number} seconds */
function inSeconds(seconds) {
  return `${Math.max(1, Math.round(seconds)).toLocaleString()} s`;
}
