// @ts-check
// The figures of answers side by side. While one is written they are estimated from what arrives, twice a second and not for
// every token; in the end they are what the provider counted and the server measured.
import { count, money, seconds, share, UNKNOWN } from "./format.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./columns.js").Column} Column */
/** @typedef {import("./columns.js").Columns} Columns */
/** @typedef {{at: number, size: number}} Sample `at` in milliseconds, `size` in characters */

const TICK_MS = 500;
const SAMPLES = 8; // the last four seconds: a burst after a reconnect is soon forgotten
const CHARACTERS_PER_TOKEN = 4; // about, of English; what is estimated says so
const SHORTEST_S = 0.05; // an answer that came in one piece has no speed

export class Metrics {
  constructor() {
    /** @type {WeakMap<Answer, Sample[]>} */ this.samples = new WeakMap();
    /** @type {Columns | null} */ this.columns = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */ this.timer = undefined;
  }

  /** Shows the figures of these from now on, until all are written. @param {Columns | null} columns */
  watch(columns) {
    this.columns = columns;
    clearInterval(this.timer);
    this.timer = columns?.answers.some((answer) => answer.running) ? setInterval(() => this.tick(), TICK_MS) : undefined;
    this.tick();
  }

  tick() {
    for (const column of this.columns?.columns.values() ?? []) this.show(column);
  }

  /** @param {Column} column */
  show({ element, answers }) {
    const newest = answers.at(-1);
    if (!newest) return;
    const figures = answers.map((answer) => answer.figures).filter((one) => (one.input ?? 0) + (one.output ?? 0) > 0);
    const input = sum(figures.map((one) => one.input ?? 0));
    const output = sum(answers.map((answer) => (isCounted(answer) ? answer.figures.output ?? 0 : estimate(answer))));
    const rough = answers.every(isCounted) ? (/** @type {string} */ text) => text : about;
    put(element, "first", firstToken(answers[0]));
    put(element, "speed", newest.running ? this.liveSpeed(newest) : speed(newest));
    put(element, "tokens", input + output ? rough(count(input + output)) : UNKNOWN);
    put(element, "cost", figures.length ? cost(figures.map((one) => one.cost), answers.every(isCounted)) : UNKNOWN);
    put(element, "cache", input ? share(sum(figures.map((one) => one.cached ?? 0)), input) : UNKNOWN);
  }

  /** @param {Answer} answer */
  liveSpeed(answer) {
    const taken = [...(this.samples.get(answer) ?? []), { at: performance.now(), size: answer.size }].slice(-SAMPLES);
    this.samples.set(answer, taken);
    const [first, last] = [taken[0], taken[taken.length - 1]];
    const grown = last.size - first.size;
    return grown > 0 ? about(perSecond(tokens(grown) / ((last.at - first.at) / 1000))) : UNKNOWN;
  }
}

/** Whether the provider has counted what was written: it does at the end. @param {Answer} answer */
function isCounted(answer) {
  return answer.element.dataset.status === "complete";
}

/** @param {Answer} answer */
function estimate(answer) {
  return tokens(Math.max(answer.size, answer.source.length));
}

/** @param {Answer} answer */
function firstToken({ figures, bornAt, firstAt }) {
  if (figures.firstToken != null) return seconds(figures.firstToken);
  return bornAt && firstAt ? about(seconds((firstAt - bornAt) / 1000)) : UNKNOWN;
}

/** @param {Answer} answer */
function speed(answer) {
  const { output, writing } = answer.figures;
  if (!writing || writing < SHORTEST_S) return UNKNOWN;
  if (!isCounted(answer)) return about(perSecond(estimate(answer) / writing));
  return output ? perSecond(output / writing) : UNKNOWN;
}

/** @param {number} value tokens */
const perSecond = (value) => value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
/** @param {number} size characters */
const tokens = (size) => Math.round(size / CHARACTERS_PER_TOKEN);
/** @param {number[]} values */
const sum = (values) => values.reduce((all, one) => all + one, 0);
/** @param {string} text */
const about = (text) => `≈ ${text}`;

/** All together, unknown if one is; what was cut off may have cost more. @param {(string | null)[]} costs @param {boolean} whole */
function cost(costs, whole) {
  const shown = money(costs.includes(null) ? null : String(sum(costs.map(Number))));
  return whole || shown === UNKNOWN ? shown : `≥ ${shown}`;
}

/** @param {HTMLElement} column @param {string} name @param {string} text */
function put(column, name, text) {
  const place = column.querySelector(`[data-metric="${name}"]`);
  if (place && place.textContent !== text) place.textContent = text;
}
