// @ts-check
// JSON in localStorage that never throws: private windows and full disks only cost the memory of the page.

/** @param {string} key @returns {unknown} undefined if there is nothing readable */
export function recall(key) {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} key @param {unknown} value undefined, "" and empty lists are removed */
export function keep(key, value) {
  const empty = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  try {
    if (empty) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // kept in memory only
  }
}
