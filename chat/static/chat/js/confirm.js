// @ts-check
// Asks before something is done, and before a form with `data-confirm` is sent. Without this script the form simply is sent.
import { el } from "./dom.js";
import { gettext } from "./gettext.js";

/** @param {string} question @param {string} label what is done @returns {Promise<boolean>} whether it should be done */
export function askFirst(question, label) {
  const dialog = el("dialog", { class: "dialog", "aria-label": question });
  const yes = el("button", { class: "btn danger", type: "button", value: "yes" }, label);
  const no = el("button", { class: "btn", type: "button" }, gettext("Keep it"));
  dialog.append(el("p", {}, question), el("div", { class: "actions" }, no, yes));
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => dialog.close(yes.value));
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === yes.value);
    });
  });
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function ask(form, submitter) {
  const label = form.dataset.confirmLabel ?? submitter?.textContent?.trim() ?? gettext("Yes");
  if (!(await askFirst(form.dataset.confirm ?? "", label))) return;
  form.dataset.confirmed = "yes";
  form.requestSubmit(submitter instanceof HTMLButtonElement && submitter.form === form ? submitter : undefined);
}

/** Makes every form with `data-confirm` ask first. */
export function listenForConfirm() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    ask(form, /** @type {HTMLElement | null} */ (event.submitter));
  });
}
