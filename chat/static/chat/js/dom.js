// @ts-check
// Makes elements. Text always becomes a text node, so nothing that comes from outside is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = new URL("../icons.svg", import.meta.url).pathname;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] false, null, undefined are left out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string} name an id of icons.svg */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon and says what it does. @param {string} name @param {string} words @param {Record<string, string>} [attributes] */
export function iconButton(name, words, attributes) {
  return el("button", { class: "btn ghost small only-icon", type: "button", "aria-label": words, title: words, ...attributes }, icon(name));
}

/** @param {{initials: string, color: number}} session */
export function badge(session) {
  return el("span", { class: `badge p${Number(session.color) || 8}`, "aria-hidden": "true" }, session.initials);
}

/** @param {Element} root @param {string} name of a place in its markup @returns {HTMLElement | null} */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** @param {Element} root @param {string} name @param {string} text */
export function put(root, name, text) {
  const place = part(root, name);
  if (place && place.textContent !== text) place.textContent = text; // deltas come often
}

/**
 * The element with this id. @template {HTMLElement} T
 * @param {string} id @param {{new (): T}} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page lacks #${id}`);
  return found;
}
