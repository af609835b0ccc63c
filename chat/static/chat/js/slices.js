// @ts-check
// Work that may wait: small jobs, done in order while the page has nothing better to do, never long in one go.

const SLICE_MS = 8; // half of what a frame has at 60 Hz
const PATIENCE_MS = 300; // after which it is done even on a busy page

/** @type {(() => void)[]} */
const jobs = [];
let scheduled = false;

/** @param {() => void} job each should take a few milliseconds at most */
export function later(job) {
  jobs.push(job);
  schedule();
}

function schedule() {
  if (scheduled) return;
  scheduled = true;
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: PATIENCE_MS });
  else setTimeout(work, SLICE_MS); // Safari
}

function work() {
  scheduled = false;
  const end = performance.now() + SLICE_MS;
  try {
    while (jobs.length > 0 && performance.now() < end) jobs.shift()?.();
  } finally {
    if (jobs.length > 0) schedule();
  }
}
