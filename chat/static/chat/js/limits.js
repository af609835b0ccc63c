// @ts-check
// What keeps a session from answering now, read off the page: a refused answer, one that is tried again, the payer's limit.
import { part } from "./dom.js";
import { gettext } from "./gettext.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./types.js").Session} Session */
/** @typedef {{what: "answer" | "trying" | "draft" | "payer", id: string, session: string, title: string, text: string, until: number, answer?: Answer}} Limit
 *   `what` cannot go on: an answer that was refused, one that is tried again, the text in the box, whoever pays; `session`: its id */
/** @typedef {{thread: import("./thread.js").Thread, picker: import("./picker.js").Picker, queue: import("./queue.js").Queue}} Parts */

const LIMITS = new Set(["rate_limited", "spend_limit_reached"]); // kinds of errors
const SHORT_MS = 4000; // a try that comes so soon is not worth a bar

/** When the provider takes requests again, as far as it said. @param {Answer} answer */
export const untilOf = (answer) => Date.parse(part(answer.element, "trouble-when")?.dataset.until ?? "") || 0;

/** Whether another try of what is in the thread waits already. @param {import("./queue.js").Queue} queue */
export const waitsAgain = (queue) => queue.items.some((item) => item.again);

/** The last answer, if a limit kept it from coming; one in a comparison has its own buttons. @param {Answer[]} answers @returns {Answer | null} */
export function refusedOf(answers) {
  const last = answers.at(-1);
  return last?.element.parentElement?.id === "messages" && !last.running && LIMITS.has(last.element.dataset.error ?? "") ? last : null;
}

/** @param {Parts} parts @returns {Limit | null} */
export function limitOf({ thread, queue, picker }) {
  const last = thread.answers.at(-1);
  const trying = last?.retrying;
  if (trying && LIMITS.has(trying.kind) && trying.delay > SHORT_MS) return ofAnswer(last, "trying", trying.message, trying.until);
  const refused = refusedOf(thread.answers);
  const message = refused ? part(refused.element, "trouble-message")?.textContent : "";
  if (refused && !waitsAgain(queue)) return ofAnswer(refused, "answer", message ?? "", untilOf(refused));
  return thread.running ? null : ofPayer(picker.session, queue);
}

/** @param {Answer} answer @param {"answer" | "trying"} what @param {string} message @param {number} until @returns {Limit} */
function ofAnswer(answer, what, message, until) {
  const name = part(answer.element, "name")?.textContent ?? gettext("The session");
  const { message: id = "", session = "" } = answer.element.dataset;
  return { what, id: `${id} ${until}`, session, title: gettext("%(name)s is limited.", { name }), text: `“${message}”`, until, answer };
}

/** @param {Session | null} payer @param {import("./queue.js").Queue} queue @returns {Limit | null} */
function ofPayer(payer, queue) {
  const until = Date.parse(payer?.limited_until ?? "") || 0;
  const waits = queue.items.some((item) => item.not_before && item.session.id === payer?.id);
  if (!payer || until <= Date.now() || waits) return null;
  const text = payer.limited_why ? `“${payer.limited_why}”` : "";
  return { what: "payer", id: `${payer.id} ${until}`, session: payer.id, title: gettext("%(name)s is limited.", payer), text, until };
}

/** Whom the reader has chosen instead, else the first who can pay. @param {import("./picker.js").Picker} picker @param {string} limited */
export function otherPayer({ sessions, session }, limited) {
  const free = sessions.filter((one) => one.usable && one.id !== limited && !(Date.parse(one.limited_until ?? "") > Date.now()));
  return free.find((one) => one.id === session?.id) ?? free[0];
}
