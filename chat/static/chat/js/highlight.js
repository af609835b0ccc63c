// @ts-check
// Colours for code. A worker finds the tokens, so that no text, however long or strange, holds up the page; here they
// become elements, one group of lines at a time. Worker, highlighter and language are fetched when a block needs them.
import { el } from "./dom.js";
import { later } from "./slices.js";

/** @typedef {{kinds: string[], lengths: number[]}} Tokens in the order of the text; a kind may be "" */

const LONGEST = 300_000; // characters
const PATIENCE_MS = 10_000; // after which a text is left without colours
const LANGUAGES = new Set([
  "bash", "c", "cpp", "css", "diff", "dockerfile", "go", "ini", "java", "javascript", "json", "markdown", "python", "rust", "sql",
  "typescript", "xml", "yaml",
]);
/** @type {Record<string, string>} */
const ALIASES = {
  py: "python", python3: "python", js: "javascript", jsx: "javascript", mjs: "javascript", node: "javascript", ts: "typescript",
  tsx: "typescript", sh: "bash", shell: "bash", zsh: "bash", console: "bash", html: "xml", svg: "xml", htm: "xml", yml: "yaml",
  toml: "ini", env: "ini", md: "markdown", golang: "go", rs: "rust", "c++": "cpp", h: "c", hpp: "cpp", patch: "diff", docker: "dockerfile",
  postgresql: "sql", sqlite: "sql", json5: "json", jsonc: "json", scss: "css",
};

/** @type {Worker | null} */
let worker = null;
/** @type {Promise<unknown>} the worker has one text at a time */
let turn = Promise.resolve();

/** @param {HTMLElement} code whose children are its groups of lines @param {string} name the language as the answer wrote it */
export function highlight(code, name) {
  const language = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  const text = code.textContent ?? "";
  if (!LANGUAGES.has(language) || text.length > LONGEST) return;
  turn = turn.then(() => ask(language, text)).then((tokens) => tokens && colour(code, tokens));
}

/** @param {string} language @param {string} text @returns {Promise<Tokens | null>} null: it did not work, plain text is good enough */
function ask(language, text) {
  worker ??= new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  const asked = worker;
  return new Promise((resolve) => {
    const giveUp = () => {
      asked.terminate();
      worker = null;
      resolve(null);
    };
    const timer = setTimeout(giveUp, PATIENCE_MS);
    asked.onerror = giveUp;
    asked.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    asked.postMessage({ language, text });
  });
}

/** @param {HTMLElement} code @param {Tokens} tokens */
function colour(code, { kinds, lengths }) {
  let token = 0;
  let left = lengths[0]; // characters of this token that are not used yet
  for (const group of code.children) {
    later(() => {
      const text = group.textContent ?? "";
      const parts = document.createDocumentFragment();
      for (let at = 0; at < text.length && token < lengths.length; ) {
        const size = Math.min(left, text.length - at);
        const piece = text.slice(at, at + size);
        parts.append(kinds[token] ? el("span", { class: `tok-${kinds[token]}` }, piece) : piece);
        at += size;
        left -= size;
        if (left === 0) left = lengths[(token += 1)];
      }
      group.replaceChildren(parts);
    });
  }
}
