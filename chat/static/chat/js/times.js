// @ts-check
// Shows `<time data-local datetime>` in the reader's zone and language; the server wrote them in its own.

/** @param {Date} when @param {Date} [now] */
export function localTime(when, now = new Date()) {
  const sameDay = when.toDateString() === now.toDateString();
  return when.toLocaleString(undefined, sameDay ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-local][datetime]")) {
    const when = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(when.getTime())) continue;
    time.textContent = localTime(when);
    time.setAttribute("title", when.toLocaleString());
  }
}
