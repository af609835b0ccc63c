// @ts-check
// The answers of this page that are being written: gives each its ids, keeps it attached to its event log, says how it ends, stops it.
import { lastComplete, take } from "./cursor.js";
import { sayEnding } from "./ended.js";
import { gettext } from "./gettext.js";
import { showProgress } from "./meta.js";
import { forgetPieces, takeWhole } from "./whole.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").Frame} Frame */

export class Answers {
  /** @param {import("./conversation.js").Parts} parts @param {() => void} onEnd one is over */
  constructor(parts, onEnd) {
    this.parts = parts;
    this.onEnd = onEnd;
    this.stopWanted = false; // Stop was clicked before the answer had an id
  }

  /** @param {Answer} answer @param {{user?: string, message: string, generation: string}} ids @param {HTMLElement} [prompt] */
  bind(answer, { user, message, generation }, prompt) {
    if (prompt && user) prompt.dataset.message = user;
    answer.element.dataset.message = message;
    answer.generation = answer.element.dataset.generation = generation;
    showProgress(answer.element, gettext("waiting…"));
    this.attach(answer);
    if (this.stopWanted) this.stop();
  }

  /** Goes on reading where each was left. @param {Answer[]} answers */
  resume(answers) {
    for (const answer of answers) if (answer.running) this.attach(answer);
  }

  /** Asks for everything after what the answer has. @param {Answer} answer */
  attach(answer) {
    if (!answer.generation) return;
    answer.waitingForSnapshot = true;
    this.parts.send({ type: "attach", ref: `attach:${answer.generation}`, generation: answer.generation, after_seq: lastComplete(answer.cursor) });
  }

  /** @param {Frame} frame a `snapshot`, an `event` or a `whole` */
  follow(frame) {
    const answer = this.parts.thread.byGeneration(frame.generation);
    if (!answer) return;
    const { running: wasRunning, retrying: wasTrying } = answer;
    if (frame.type === "snapshot") {
      answer.waitingForSnapshot = false; // what follows is in order again
      forgetPieces(answer);
    } else this.apply(answer, frame);
    if (wasRunning && !answer.running) this.ended(answer);
    else if (answer.retrying !== wasTrying) this.parts.limit.show();
  }

  /** @param {Answer} answer @param {Frame} frame an `event` or a `whole` */
  apply(answer, frame) {
    if (answer.waitingForSnapshot) return; // from before the snapshot; it comes again after it
    if (frame.type === "whole") return takeWhole(answer, frame);
    const fresh = take(answer.cursor, /** @type {import("./types.js").EventFrame} */ (frame));
    if (fresh === "gap") this.attach(answer);
    else if (fresh !== "nothing") answer.apply(fresh);
  }

  /** @param {Answer} answer */
  ended(answer) {
    const { thread, comparisons, limit } = this.parts;
    sayEnding(answer.element, comparisons.open && !thread.running ? gettext("Pick the answer to go on with.") : "");
    limit.learn(answer);
    this.onEnd();
  }

  stop() {
    const running = this.parts.thread.answers.filter((answer) => answer.running);
    this.stopWanted = running.some((answer) => !answer.generation);
    for (const { generation } of running) if (generation) this.parts.onStop(generation);
  }
}
