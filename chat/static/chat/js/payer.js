// @ts-check
// Why a session does not answer, said where the person writes: nobody should find out who pays from the bill.
import { gettext } from "./gettext.js";
import { showTrouble } from "./trouble.js";

/** @typedef {import("./types.js").Session} Session */
const NAMED = 3; // of several that do not work; the list has them all

/**
 * When a conversation is opened whose session does not work now.
 * @param {Session[]} sessions @param {string | null} chosen the one that answered last @param {Session | null} picked who answers now
 */
export function sayWhoAnswersInstead(sessions, chosen, picked) {
  const before = sessions.find((session) => session.id === chosen);
  if (!before || before.usable) return;
  const instead = picked ? gettext("Until then %(name)s answers and pays.", picked) : "";
  showTrouble("payer", { title: gettext("%(name)s cannot answer now.", before), text: `${before.reason} ${instead}`.trim() });
}

/** When somebody sends and no session works. @param {Session[]} sessions */
export function sayNobodyAnswers(sessions) {
  const title = sessions.length ? gettext("Not sent: no session can answer now.") : gettext("Not sent: there is no session yet.");
  const why = sessions.slice(0, NAMED).map((session) => `${session.name}: ${session.reason}`);
  showTrouble("payer", { title, text: why.join(" ") || gettext("Add one under Manage sessions.") });
}
