// @ts-check
// The calm bar above the composer: one sentence, what to do, and a way to put it aside. The draft is never touched.
import { countDown } from "./countdown.js";
import { byId, el, iconButton } from "./dom.js";
import { gettext } from "./gettext.js";

/** @typedef {{tone?: "warn" | "bad" | "", title: string, text?: string, until?: number, before?: (left: string) => string, after?: string,
 *   onPassed?: () => void, onClose?: () => void, actions?: HTMLElement[]}} Trouble
 *   `until`: milliseconds since 1970 when it may pass; `before` and `after` that the words for it */

/** Shows a trouble under a name; the same name replaces it. @param {string} name @param {Trouble} trouble */
export function showTrouble(name, trouble) {
  const { tone = "warn", title, text = "", until = 0, onPassed, onClose, actions = [] } = trouble;
  const { before = (left) => gettext("It may work in %(left)s.", { left }), after = gettext("It may work now.") } = trouble;
  const close = iconButton("close", gettext("Close"));
  close.addEventListener("click", () => {
    hideTrouble(name);
    onClose?.();
  });
  const when = el("span", { class: "num", role: "timer" }); // a timer is read out when it is asked for, not every second
  const bar = el(
    "div", { class: `notice closable ${tone}`, "data-trouble": name, role: "alert" },
    el("p", {}, el("b", {}, title), text && ` ${text}`, " ", until ? when : null), close,
    actions.length ? el("div", { class: "actions" }, ...actions) : null,
  );
  hideTrouble(name);
  byId("trouble", HTMLElement).append(bar);
  if (until) countDown(when, until, { before, after, onPassed });
}

/** @param {string} name */
export function hideTrouble(name) {
  document.querySelector(`[data-trouble="${CSS.escape(name)}"]`)?.remove();
}
