// @ts-check
// The bars under the head say what needs the reader: a budget that ends, a session that needs login. They are the
// server's; after each answer they are asked for again, because it may have spent the rest of a budget.
import { say } from "./announce.js";
import { byId } from "./dom.js";

/** @param {Element | null} bars */
const words = (bars) => [...(bars?.querySelectorAll("p") ?? [])].map((bar) => bar.textContent?.trim() ?? "");

export async function lookForAttention() {
  const main = byId("main", HTMLElement);
  const url = main.dataset.attention;
  const response = url ? await fetch(url, { redirect: "manual" }).catch(() => null) : null;
  if (!response?.ok) return; // the next answer asks again
  // A document of its own: nothing in it runs or loads, and our template has escaped what came from outside.
  const sent = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".attention");
  const shown = main.querySelector(":scope > .attention");
  const news = words(sent).filter((bar) => !words(shown).includes(bar));
  if (!news.length && words(sent).length === words(shown).length) return; // nothing jumps for nothing
  shown?.remove();
  if (sent) main.querySelector(":scope > .head")?.after(document.importNode(sent, true));
  if (news.length) say(news.join(" "));
}
