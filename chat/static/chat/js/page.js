// @ts-check
// Entry of the plain pages: what every page listens for, what is being answered now, local times, the field that was refused.
import { listenEverywhere } from "./everywhere.js";
import { followRunning } from "./running_now.js";
import { showLocalTimes } from "./times.js";

listenEverywhere();
followRunning();
showLocalTimes(document);
/** @type {HTMLElement | null} */ (document.querySelector("main [aria-invalid=true]"))?.focus(); // what was refused is where to go on
