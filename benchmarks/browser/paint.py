"""When a reader sees a conversation of 20 messages: the browser's own time of the first paint with content, counted from
the click, with an empty cache and with a full one."""

from __future__ import annotations

from typing import Any

from benchmarks.browser.stage import new_tab
from benchmarks.figures import Figure, percentile
from tests.browser.rows import long_talk, stored_conversation

MESSAGES, GOAL_MS = 20, 300
_TIMES = """async () => {
  const paint = await new Promise((resolve) => new PerformanceObserver((list) => {
    const found = list.getEntriesByName('first-contentful-paint')[0];
    if (found) resolve(found.startTime);
  }).observe({type: 'paint', buffered: true}));
  const [page] = performance.getEntriesByType('navigation');
  return [paint, page.responseStart, page.domContentLoadedEventEnd];
}"""


def measure(server: Any, browser: Any, state: Any, *, rounds: int) -> list[Figure]:
    """Milliseconds, median and p95."""
    path = stored_conversation(server, long_talk(MESSAGES), title="Twenty messages")
    first, again = list[list[float]](), list[list[float]]()
    for _ in range(rounds + 1):
        with new_tab(server, browser, state) as tab:
            for times in (first, again):
                tab.open(path)
                times.append(tab.page.evaluate(_TIMES))
    return [
        *_figures("empty cache", first[1:]),
        *_figures("full cache", again[1:]),
    ]  # without the server's first


def _figures(name: str, times: list[list[float]]) -> list[Figure]:
    paint, response, ready = (list(column) for column in zip(*times, strict=True))
    return [
        Figure(f"first paint of {MESSAGES} messages, {name}, median", percentile(paint, 0.5), "ms", GOAL_MS),
        Figure("  p95", percentile(paint, 0.95), "ms"),
        Figure("  of it until the server's first byte, median", percentile(response, 0.5), "ms"),
        Figure("  until all scripts have run, median", percentile(ready, 0.5), "ms"),
    ]
