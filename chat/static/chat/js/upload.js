// @ts-check
// Sends one file to the server and says how far it is. XMLHttpRequest, because `fetch` does not tell.
import { gettext } from "./gettext.js";

/** @typedef {import("./types.js").FileView} FileView */
/** @typedef {{done: Promise<FileView>, cancel: () => void}} Upload `done` rejects with a sentence for people */

/** @param {File} file @param {{url: string, csrf: string, onProgress: (part: number) => void, onSignedOut: () => void}} how `part` is from 0 to 1 @returns {Upload} */
export function upload(file, { url, csrf, onProgress, onSignedOut }) {
  const request = new XMLHttpRequest();
  request.open("POST", `${url}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-CSRFToken", csrf);
  request.upload.addEventListener("progress", (event) => event.total && onProgress(event.loaded / event.total));
  /** @type {Promise<FileView>} */
  const done = new Promise((resolve, reject) => {
    request.addEventListener("load", () => {
      if (request.status === 401) onSignedOut();
      const answer = read(request.responseText);
      if (request.status === 201 && answer) resolve(/** @type {FileView} */ (answer));
      else reject(new Error(String(answer?.message ?? gettext("The server did not take it. Try again."))));
    });
    request.addEventListener("error", () => reject(new Error(gettext("The server cannot be reached. Attach it again when it is back."))));
    request.addEventListener("abort", () => reject(new Error("")));
  });
  request.send(file);
  return { done, cancel: () => request.abort() };
}

/** @param {string} text @returns {Record<string, unknown> | null} */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
