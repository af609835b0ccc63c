// @ts-check
// The conversation that this page shows: puts in order what the server announces about it, from whichever page it was
// started, and follows its answers. Frames of other conversations only touch the rail.
import { Answers } from "./answers.js";
import { Asking } from "./asking.js";
import { dress, dressModel } from "./dress.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./asking.js").Parts & {rail: import("./rail.js").Rail, composer: import("./composer.js").Composer,
 *   again: import("./again.js").Again, limit: import("./limit.js").LimitBar, tree: import("./tree.js").Tree,
 *   send: (frame: Record<string, unknown>) => boolean, onStop: (generation: string) => void}} Parts */

export class Conversation {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.answers = new Answers(parts, () => this.showRunning());
    this.comparisons = parts.comparisons;
    this.asking = new Asking(parts, () => this.showRunning());
    this.revision = 0; // the newest state that this page knows of
    this.showRunning();
  }

  /** @param {Frame} frame the answer to a `send` or `again` */
  acknowledged(frame) {
    const { place, rail, picker } = this.parts;
    if (!frame.state && frame.conversation === place.conversation) {
      place.settle(frame.conversation, frame.title);
      rail.upsert({ id: frame.conversation, title: frame.title, session: picker.session ?? undefined, current: true });
    }
    if (frame.answers) return this.comparisons.acknowledged(frame);
    const pair = this.asking.acknowledged(frame);
    if (pair) this.answers.bind(pair.answer, { user: frame.user_message, message: frame.message, generation: frame.generation }, pair.prompt);
    else if (!frame.state) this.changedUnheard();
  }

  /** Something was done by POST: without a socket nobody tells what became of it. */
  changedUnheard() {
    if (!this.parts.delivery.connection.ready) this.load();
  }

  /** An answer began, here or in another page. @param {Frame} frame */
  started(frame) {
    const { thread, follower, again } = this.parts;
    this.revision = Math.max(this.revision, frame.revision);
    again.settle(frame.client_id ?? "");
    const pair = this.asking.take(frame.client_id ?? "");
    const known = thread.byGeneration(frame.generation);
    if (known) dressModel(known.element, frame.message.model); // the page may not have known which one it would be
    if (known || thread.has(frame.message.id)) return;
    if (frame.message.column) return this.comparisons.started(frame) ? this.showRunning() : this.load();
    this.comparisons.goOn(frame.after);
    if (frame.after && !thread.has(frame.after)) return this.load();
    thread.cutAfter(frame.after);
    const { session, model } = frame.message;
    const answer = pair?.answer ?? thread.add({ text: frame.user_message?.text ?? null, files: frame.user_message?.attachments, session, model });
    dress(answer.element, session, model);
    const prompt = frame.user_message ? /** @type {HTMLElement | null} */ (answer.element.previousElementSibling) : null;
    this.answers.bind(answer, { user: frame.user_message?.id, message: frame.message.id, generation: frame.generation }, prompt ?? undefined);
    follower.follow();
    this.showRunning();
  }

  /** The state of the conversation, after any change. @param {Frame} frame */
  changed(frame) {
    const { place, queue, thread, drawer, tree } = this.parts;
    if (frame.revision < this.revision) return; // a newer one was faster
    this.revision = frame.revision;
    place.settle(frame.conversation, frame.title);
    drawer.update(frame.settings ?? {});
    queue.update(frame);
    if (!frame.comparison) this.comparisons.goOn(frame.newest);
    const isMissing = frame.comparison ? !this.comparisons.shows(frame.comparison) : frame.newest && !thread.has(frame.newest);
    if (isMissing && this.asking.pairs.size + this.comparisons.pending.size === 0) this.load();
    else if (!isMissing) thread.endWith(frame.comparison?.newest[0] ?? frame.newest ?? null);
    tree.update(frame);
    this.showRunning();
  }

  /** Asks for what this page has missed while it was away. */
  look() {
    const { place, thread, send } = this.parts;
    if (place.settled && place.conversation) send({ type: "look", ref: "look", conversation: place.conversation, after: thread.last });
  }

  /** Another branch is shown than this page has: takes it, and follows what is being written in it. */
  async load() {
    const taken = await this.parts.tree.load(() => this.revision);
    if (!taken) return;
    this.revision = Math.max(this.revision, taken.revision);
    this.answers.resume(taken.answers);
    this.comparisons.read();
    this.parts.thread.nameModels();
    this.showRunning();
  }

  /** The connection is there (again): go on reading where each answer was left, and see what else happened. */
  resume() {
    this.answers.resume(this.parts.thread.answers);
    this.parts.again.reset();
    this.look();
  }

  showRunning() {
    this.parts.composer.setRunning(Boolean(this.parts.thread.running));
    this.comparisons.show();
    this.parts.again.show();
    this.parts.limit.show();
    this.parts.tree.show();
  }
}
