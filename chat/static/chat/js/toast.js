// @ts-check
// A short notice at the edge of the page that goes by itself, with one thing to do about it. It waits while it is pointed at
// or has the focus. One that leads to another page goes along.
import { byId, el, iconButton } from "./dom.js";
import { gettext } from "./gettext.js";

export const SHOWN_MS = 10_000;
const KEY = "maestro.toast";

/** @typedef {{label: string, run: () => void}} Action */

/** @param {string} text @param {Action | null} [action] @param {number} [ms] how long it stays */
export function toast(text, action = null, ms = SHOWN_MS) {
  const close = iconButton("close", gettext("Close"));
  const box = el("div", { class: "toast" }, el("span", { class: "toast-text" }, text));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const go = () => {
    clearTimeout(timer);
    box.remove();
  };
  if (action) {
    const button = el("button", { class: "btn small", type: "button" }, action.label);
    button.addEventListener("click", () => (go(), action.run()));
    box.append(button);
  }
  box.append(close);
  const start = () => (timer = setTimeout(go, ms));
  const wait = () => clearTimeout(timer);
  close.addEventListener("click", go);
  for (const event of ["pointerenter", "focusin"]) box.addEventListener(event, wait);
  for (const event of ["pointerleave", "focusout"]) box.addEventListener(event, start);
  byId("toasts", HTMLElement).replaceChildren(box); // the last thing done is the one to undo
  start();
}

/** Keeps a notice for the page that is opened next. @param {{kind: string, id: string, title: string}} what */
export function handOver(what) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...what, until: Date.now() + SHOWN_MS }));
  } catch {
    // The notice is lost; the page of the archived offers the same.
  }
}

/** What an earlier page left, and how long it is still to be shown. @returns {{kind: string, id: string, title: string, left: number} | null} */
export function takeOver() {
  try {
    const { until, ...what } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return until > Date.now() ? { ...what, left: until - Date.now() } : null;
  } catch {
    return null;
  }
}

/** What was handed over is done with. */
export function forget() {
  sessionStorage.removeItem(KEY);
}
