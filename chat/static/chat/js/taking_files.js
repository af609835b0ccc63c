// @ts-check
// The three ways in which files come to the composer: chosen, pasted, dropped.
import { byId } from "./dom.js";

/** @param {(files: File[]) => void} onFiles */
export function listenForFiles(onFiles) {
  listenForChoice(onFiles);
  byId("prompt", HTMLTextAreaElement).addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (!data?.files.length || data.types.includes("text/plain")) return; // text that brings a picture of itself is text
    event.preventDefault();
    onFiles([...data.files]);
  });
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    byId("main", HTMLElement).addEventListener(type, (event) => drag(/** @type {DragEvent} */ (event), onFiles));
  }
}

/** @param {(files: File[]) => void} onFiles */
function listenForChoice(onFiles) {
  const input = byId("file-input", HTMLInputElement);
  byId("attach", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    onFiles([...(input.files ?? [])]);
    input.value = ""; // the same file may be chosen again
  });
}

/** @param {DragEvent} event @param {(files: File[]) => void} onFiles */
function drag(event, onFiles) {
  const data = event.dataTransfer;
  if (!data?.types.includes("Files")) return;
  event.preventDefault();
  byId("composer", HTMLElement).toggleAttribute("data-dropping", event.type === "dragenter" || event.type === "dragover");
  if (event.type === "drop") onFiles([...data.files]);
}
