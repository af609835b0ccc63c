// @ts-check
// How attached files are shown: as chips in the composer, as pictures and names in the thread.
import { byId, el, icon, part } from "./dom.js";
import { ANY } from "./place.js";

/** @typedef {import("./types.js").FileView} FileView */

/** @param {string} id */
export function fileUrl(id) {
  return (byId("composer", HTMLFormElement).dataset.fileUrl ?? "").replace(ANY, id);
}

/** In millions of bytes, or thousands. @param {number} bytes */
export function sizeOf(bytes) {
  const [value, unit] = bytes >= 1e6 ? [bytes / 1e6, "MB"] : [Math.max(1, bytes / 1e3), "kB"];
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 && unit === "MB" ? 1 : 0 })} ${unit}`;
}

/** A small picture, or a sheet of paper. @param {FileView} file */
export function thumbnail(file) {
  if (!file.width) return icon("page");
  return el("img", { src: fileUrl(file.id), alt: "", width: String(file.width), height: String(file.height), loading: "lazy", decoding: "async" });
}

/** Fills the list of a message's files. @param {Element} message @param {FileView[]} files */
export function showFiles(message, files) {
  const list = part(message, "files");
  if (!list) return;
  list.hidden = files.length === 0;
  list.replaceChildren(...files.map((file) => el("li", {}, link(file))));
}

/** @param {FileView} file */
function link(file) {
  const name = el("span", { class: "file-name" }, file.name);
  return el("a", { class: "file", href: fileUrl(file.id), target: "_blank", rel: "noopener" }, thumbnail(file), name);
}
