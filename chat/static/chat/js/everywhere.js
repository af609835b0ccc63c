// @ts-check
// What every page listens for.
import { listenForConfirm } from "./confirm.js";
import { listenForCopy } from "./copy.js";
import { listenForKeys } from "./keys.js";
import { clearOnSignOut } from "./sign_out.js";

export function listenEverywhere() {
  listenForCopy();
  listenForConfirm();
  listenForKeys();
  clearOnSignOut();
}
