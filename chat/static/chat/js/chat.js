// @ts-check
// Entry of the chat page: reads what the server put into it, makes the parts, ties them together.
import { sayNotReached } from "./acting.js";
import { Again } from "./again.js";
import { Attachments } from "./attachments.js";
import { makeComparing } from "./comparing.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { addDraft } from "./draft.js";
import { Drawer } from "./drawer.js";
import { Earlier } from "./earlier.js";
import { EstimateLine } from "./estimate.js";
import { listenEverywhere } from "./everywhere.js";
import { listenForExamples } from "./examples.js";
import { dispatcher } from "./frames.js";
import { gettext } from "./gettext.js";
import { Keeping } from "./keeping.js";
import { LimitBar } from "./limit.js";
import { makeLine } from "./line.js";
import { listenForMenu } from "./menu.js";
import { sayNobodyAnswers, sayWhoAnswersInstead } from "./payer.js";
import { Picker } from "./picker.js";
import { ANY, Place } from "./place.js";
import { Queue } from "./queue.js";
import { Rail } from "./rail.js";
import { showRunning } from "./running_now.js";
import { Follower } from "./scroll.js";
import { Sought } from "./sought.js";
import { Thread } from "./thread.js";
import { Tree } from "./tree.js";
import { showTrouble } from "./trouble.js";

/** @type {import("./types.js").Bootstrap} */
const bootstrap = JSON.parse(byId("bootstrap", HTMLElement).textContent ?? "{}");
const user = document.body.dataset.user ?? "";
const csrf = /** @type {HTMLInputElement | null} */ (document.querySelector("#composer [name=csrfmiddlewaretoken]"))?.value ?? "";

const loginUrl = byId("composer", HTMLFormElement).dataset.loginUrl;
let leaving = false; // the frame, the end of the socket and answers to requests all say it, and a second start would break off the first
addEventListener("pageshow", () => { leaving = false; }); // also when somebody comes back to this page
const goToLogin = () => {
  if (!leaving) location.assign(`${loginUrl}?next=${encodeURIComponent(location.pathname)}`);
  leaving = true;
};
let ready = false; // all parts are there
const place = new Place(bootstrap.conversation, bootstrap.new_url);
const rail = new Rail((id) => place.urlOf(id), (running) => showRunning(running.filter((one) => one.id !== place.conversation)));
const follower = new Follower();
const draftKey = () => `maestro.draft.${user}.${place.settled ? place.conversation : "new"}`;

/** @param {import("./types.js").Sending} entry a message that will not be sent by itself */
const toDraft = (entry) => addDraft(user, entry);
const { act, outbox, connection, delivery } = makeLine({
  bootstrap, user, csrf, goToLogin, onFrame: (frame) => dispatch(frame), onLost: (ref) => (again.settle(ref), sayNotReached()),
});
for (const stale of outbox.takeStale()) toDraft(stale); // before the composer reads its draft

const attachments = new Attachments({
  url: bootstrap.upload_url, csrf, limits: bootstrap.limits, onSignedOut: goToLogin, onChange: () => ready && composer.changed(),
});
/** @type {Composer} */
const composer = new Composer({
  draftKey, attachments, onSend: (...what) => /** @type {boolean} */ (conversation.asking.ask(...what)), onStop: () => conversation.answers.stop(),
  onNoPayer: () => sayNobodyAnswers(bootstrap.sessions), onChange: () => ready && estimate.changed(),
});
const thread = new Thread();
/** @type {Picker} */
const picker = new Picker(bootstrap, { onChange: (session) => chosen(session), onModels: () => thread.nameModels() });
const queue = new Queue({
  picker, onLost,
  onWish: ({ kind, ...wish }) => act({ type: kind, ref: `queue:${wish.client_id}`, conversation: place.conversation, ...wish }, bootstrap.queue_url),
});
/** @type {Drawer} */
const drawer = new Drawer({
  settings: bootstrap.state?.settings ?? {}, isStored: () => place.settled,
  onChange: (change) => act({ type: "settings", ref: "settings:", conversation: place.conversation, change }, bootstrap.settings_url),
});
const again = new Again({ picker, thread, onWish: (frame) => act(frame, bootstrap.again_url) });
if (bootstrap.state) queue.update(bootstrap.state);
/** @type {Tree} */
const tree = new Tree({
  thread, picker, place, again, bootstrap, act, onReword: (message, text) => conversation.asking.ask(text, [], { replaces: message }),
  onLost: (text) => composer.putBack(text), onChosen: () => composer.box.focus({ preventScroll: true }),
});
const earlier = new Earlier({
  thread, url: () => bootstrap.earlier_url.replace(ANY, place.conversation ?? ANY), onLoad: () => (thread.nameModels(), tree.show()),
});
const onStop = (/** @type {string} */ generation) => act({ type: "stop", ref: `stop:${generation}`, generation }, bootstrap.stop_url.replace(ANY, generation));
const { compare, comparisons } = makeComparing({
  thread, picker, follower, composer, bootstrap, user, act, onStop, bind: (...bound) => conversation.answers.bind(...bound),
});
const limit = new LimitBar({ thread, picker, queue, composer, again, stop: () => conversation.answers.stop() });
/** @type {Conversation} */
const conversation = new Conversation({
  thread, picker, queue, rail, composer, follower, place, delivery, again, drawer, tree, limit, compare, comparisons, onStop,
  send: (frame) => connection.send(frame),
});
const estimate = new EstimateLine({ url: bootstrap.estimate_url, csrf, composer, attachments, picker, place, drawer });
/** @type {Keeping} */
const keeping = new Keeping({ bootstrap, csrf, rail, place, onFrame: (frame) => dispatch(frame), onSignedOut: goToLogin });
const dispatch = dispatcher({ conversation, rail, keeping, place, outbox, delivery, again, tree, limit, composer, goToLogin, toDraft });

/** @param {import("./types.js").Session | null} session the payer that the composer names now */
function chosen(session) {
  composer.setPayer(session !== null);
  if (!ready) return;
  again.show();
  queue.show();
  drawer.fit(session, picker.info);
  attachments.fit(picker.info);
  estimate.changed();
  tree.show();
  limit.show();
  follower.follow();
}

/** A waiting message went out while its text was being changed. @param {string} text */
function onLost(text) {
  showTrouble("lost", { title: gettext("The message was sent as it was."), text: gettext("What you changed is in the box below.") });
  composer.putBack(text);
}

ready = true;
chosen(picker.session);
sayWhoAnswersInstead(bootstrap.sessions, bootstrap.session, picker.session);
for (const entry of outbox.entries()) if (entry.conversation === place.conversation) conversation.asking.show(entry);
listenForExamples(composer);
listenEverywhere();
listenForMenu();
if (bootstrap.conversation) follower.jump();
new Sought({
  message: bootstrap.sought, root: thread.root, onFound: (found) => (comparisons.bring(found), follower.release()),
  onShow: (message) => act({ type: "show", ref: `show:${message}`, message }, bootstrap.show_url),
});
earlier.watch(follower.box);
connection.open();
if (matchMedia("(hover: hover)").matches && picker.session && !bootstrap.sought) byId("prompt", HTMLTextAreaElement).focus({ preventScroll: true });
