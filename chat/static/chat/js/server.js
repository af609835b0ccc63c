// @ts-check
// Asks the server for something apart from the socket; every answer is JSON, or says that the login has ended.

/** @typedef {import("./types.js").Frame} Frame */
/**
 * @typedef {"signed_out" | null} NoAnswer null when the server cannot be reached or did not answer in JSON;
 *   "signed_out" also when this page's token is too old (403): the way to the login leads back to a page with a new one
 */

/** @param {string} url @param {Record<string, unknown>} body @param {string} csrf @returns {Promise<Frame | NoAnswer>} */
export function postJson(url, body, csrf) {
  return ask(url, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify(body) });
}

/** The fields of a plain form. @param {string} url @param {Record<string, string>} fields @param {string} csrf @returns {Promise<Frame | NoAnswer>} */
export function postForm(url, fields, csrf) {
  return ask(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(fields) });
}

/** @param {string} url @param {Record<string, string>} [query] @param {AbortSignal} [signal] @returns {Promise<any>} or a `NoAnswer` */
export function getJson(url, query = {}, signal) {
  return ask(`${url}?${new URLSearchParams(query)}`, { signal });
}

/** @param {string} url @param {RequestInit & {headers?: Record<string, string>}} options */
async function ask(url, options) {
  try {
    const response = await fetch(url, { ...options, headers: { Accept: "application/json", ...options.headers }, redirect: "manual" });
    if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) return "signed_out";
    return await response.json();
  } catch {
    return null; // offline, or nobody waits for it any more
  }
}
