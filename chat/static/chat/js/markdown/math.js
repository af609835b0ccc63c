// @ts-check
// Formulas. KaTeX is fetched when the first one is complete, and sets one after the other while the page has time. It makes
// elements, not HTML, knows no commands that link, load or name attributes, and each formula is for itself.
import { el } from "../dom.js";
import { later } from "../slices.js";

const HOME = new URL("../../vendor/katex-0.19.1/", import.meta.url);
const LONGEST = 4000; // characters; longer ones stay source
const DEEPEST = 400; // elements in each other; thousands, which fit into that many characters, end the tab when they are laid out
const OPTIONS = { throwOnError: true, trust: false, strict: "ignore", maxSize: 20, maxExpand: 200, output: "htmlAndMathml" };

/** @typedef {{render: (source: string, target: Element, options: object) => void}} Katex */
/** @type {Promise<Katex> | undefined} */
let katex;

function load() {
  const sheet = el("link", { rel: "stylesheet", href: new URL("katex.min.css", HOME).pathname });
  const styled = new Promise((resolve, reject) => {
    sheet.onload = resolve;
    sheet.onerror = reject;
  });
  document.head.append(sheet);
  // The published file for browsers: it leaves its one name on the window.
  return Promise.all([import(new URL("katex.min.js", HOME).href), styled]).then(() => /** @type {any} */ (window).katex);
}

/** Sets a formula when there is time; what is wrong with it leaves the source. @param {HTMLElement} place with its source @param {string} source @param {boolean} display */
export function typeset(place, source, display) {
  if (source.length > LONGEST) return place;
  katex ??= load();
  katex.then((module) => later(() => set(module, place, source, display))).catch(() => (katex = undefined)); // the next one tries again
  return place;
}

/** @param {Katex} module @param {HTMLElement} place @param {string} source @param {boolean} display */
function set(module, place, source, display) {
  const formula = el("span");
  try {
    module.render(source, formula, { ...OPTIONS, displayMode: display });
  } catch {
    return; // no formula, too big, or a command that is not allowed: the source says it
  }
  if (isTooDeep(formula)) return;
  place.classList.add("set");
  if (display) place.tabIndex = 0; // one that is wider than the page is moved with the arrow keys
  place.replaceChildren(...formula.childNodes);
}

/** @param {Element} root that is in no document yet */
function isTooDeep(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  let depth = 0;
  while (depth <= DEEPEST) {
    if (walker.firstChild()) depth += 1;
    else while (!walker.nextSibling()) {
      if (!walker.parentNode()) return false;
      depth -= 1;
    }
  }
  return true;
}
