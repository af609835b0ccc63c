// @ts-check
// The worker behind highlight.js: text in, tokens out. The highlighter's HTML is not used.
import hljs from "../vendor/highlight-11.12.0/core.min.js";

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

addEventListener("message", async ({ data: { language, text } }) => {
  try {
    if (!loaded.has(language)) loaded.set(language, load(language));
    await loaded.get(language);
    postMessage(tokensOf(hljs.highlight(text, { language, ignoreIllegals: true })._emitter));
  } catch {
    postMessage(null);
  }
});

/** @param {string} language */
async function load(language) {
  const module = await import(`../vendor/highlight-11.12.0/languages/${language}.min.js`);
  hljs.registerLanguage(language, module.default);
}

/** @param {{walk: (builder: object) => void}} tree */
function tokensOf(tree) {
  /** @type {string[]} */
  const kinds = [];
  /** @type {number[]} */
  const lengths = [];
  /** @type {string[]} */
  const inside = [""];
  tree.walk({
    /** @param {string} text */
    addText(text) {
      kinds.push(inside[inside.length - 1]);
      lengths.push(text.length);
    },
    /** @param {{scope?: string}} node */
    openNode({ scope }) {
      const kind = (scope ?? "").split(".")[0].replace(/[^a-z_-]/g, "");
      inside.push(kind || inside[inside.length - 1]);
    },
    closeNode: () => void inside.pop(),
  });
  return { kinds, lengths };
}
