// @ts-check
// Sorts the server's frames: which part of the page each is for.
import { say } from "./announce.js";
import { lookForAttention } from "./attention.js";
import { el } from "./dom.js";
import { gettext, ngettext } from "./gettext.js";
import { hideTrouble, showTrouble } from "./trouble.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {{conversation: import("./conversation.js").Conversation, rail: import("./rail.js").Rail,
 *   keeping: import("./keeping.js").Keeping, place: import("./place.js").Place,
 *   outbox: import("./outbox.js").Outbox, delivery: import("./delivery.js").Delivery, again: import("./again.js").Again, limit: import("./limit.js").LimitBar, tree: import("./tree.js").Tree,
 *   composer: import("./composer.js").Composer, goToLogin: () => void, toDraft: (entry: import("./types.js").Sending) => void}} Parts */

/** @param {Parts} parts @returns {(frame: Frame) => void} */
export function dispatcher(parts) {
  /** @type {Record<string, (frame: Frame) => void>} */
  const handlers = {
    ready: (frame) => ready(parts, frame),
    ack: (frame) => acknowledge(parts, frame),
    started: (frame) => started(parts, frame),
    status: ended,
    conversation: (frame) => changed(parts, frame),
    snapshot: (frame) => parts.conversation.answers.follow(frame),
    event: (frame) => parts.conversation.answers.follow(frame),
    whole: (frame) => parts.conversation.answers.follow(frame),
    error: (frame) => refuse(parts, frame),
  };
  return (frame) => handlers[frame.type]?.(frame);
}

/** @param {Parts} parts @param {Frame} frame */
function ready({ conversation, rail, delivery }, frame) {
  /** @type {{generation: string, conversation: string}[]} */
  const running = frame.running ?? [];
  const busy = new Set(running.map((one) => one.conversation));
  for (const row of rail.rows) rail.setRunning(row.dataset.conversation ?? "", busy.has(row.dataset.conversation ?? ""));
  conversation.resume();
  delivery.resend();
}

/** @param {Parts} parts @param {Frame} frame */
function acknowledge({ conversation, outbox, again, limit, tree }, frame) {
  const ref = String(frame.ref ?? "");
  if (/^(stop|queue|settings):/.test(ref)) return; // what became of it comes by itself
  if (/^(show|pick):/.test(ref) || tree.removing.answered(frame)) return conversation.changedUnheard();
  outbox.remove(ref);
  again.settle(ref);
  hideTrouble("refused");
  limit.passed();
  conversation.acknowledged(frame);
  if (frame.answers) say(ngettext("Sent. %(count)s answer is on its way.", "Sent. %(count)s answers are on their way.", frame.answers.length));
  else say(frame.state ? gettext("The message waits for its turn.") : gettext("Sent. The answer is on its way."));
}

/** @param {Parts} parts @param {Frame} frame */
function started({ conversation, rail, place }, frame) {
  const here = frame.conversation === place.conversation;
  rail.upsert({ id: frame.conversation, title: frame.title, session: frame.message.session, current: here });
  if (here) conversation.started(frame);
}

/** An answer is over, here or elsewhere. */
function ended() {
  lookForAttention(); // the state of its conversation follows: another answer may still be written there
}

/** @param {Parts} parts @param {Frame} frame */
function changed({ conversation, rail, keeping, place }, frame) {
  const { conversation: id, title, session, running, pinned, updated_at: updated } = frame;
  const here = id === place.conversation;
  if (frame.deleted || frame.archived) rail.remove(id);
  else rail.upsert({ id, title, session, current: here, running, pinned, updated });
  keeping.changed(frame);
  if (!here) return;
  if (frame.deleted) return sayDeleted(keeping, frame);
  hideTrouble("deleted");
  conversation.changed(frame);
}

/** The conversation that this page shows was deleted, in another tab. @param {import("./keeping.js").Keeping} keeping @param {Frame} frame */
function sayDeleted(keeping, frame) {
  const undo = el("button", { class: "btn small", type: "button" }, gettext("Bring it back"));
  undo.addEventListener("click", () => keeping.deeds.restore({ id: frame.conversation, title: frame.title }));
  showTrouble("deleted", { title: gettext("This conversation was deleted."), text: gettext("What this page still shows is kept for a while only."), actions: [undo] });
}

/** @param {Parts} parts @param {Frame} frame */
function refuse({ conversation, composer, outbox, place, again, limit, tree, goToLogin, toDraft }, frame) {
  if (frame.code === "signed_out") return goToLogin();
  const ref = String(frame.ref ?? "");
  if (ref.startsWith("stop:") || ref === "look") return undefined; // it has ended or is gone; its own frames say so
  if (frame.code === "settings_refused") conversation.parts.drawer.refused(frame.message);
  again.settle(ref);
  const entry = outbox.remove(ref);
  const here = entry && (entry.conversation === place.conversation || !place.settled);
  if (entry) conversation.asking.drop(ref);
  if (entry?.payers && here) conversation.parts.compare.open(entry.payers);
  const reopened = entry?.replaces && here && tree.editing.reopen(entry.replaces, entry.text);
  if (entry && here && !reopened) composer.putBack(entry.text, entry.files);
  else if (entry && !here) toDraft(entry);
  const title = entry ? gettext("The message was not sent.") : gettext("That did not work.");
  const kept = reopened ? gettext("What you changed is in its place.") : here ? gettext("Your text is in the box below.") : gettext("Its text is the draft of its conversation.");
  const until = frame.retry_at ? new Date(frame.retry_at).getTime() : 0;
  if (frame.code === "budget_spent" && here && entry && !entry.payers && !reopened) return limit.refused(entry.session, frame.message, until);
  showTrouble("refused", { tone: "warn", title, text: [frame.message, entry && kept].filter(Boolean).join(" "), until });
  return undefined;
}
