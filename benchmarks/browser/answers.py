"""A long answer through the real page, token by token from the simulator: what holds up its main thread, and what a
character costs.

The short answer before is the warm-up. Times are the browser's own: tasks over 50 ms by PerformanceObserver
(https://w3c.github.io/longtasks/), the work of the main thread by the DevTools protocol.
"""

from __future__ import annotations

from typing import Any

from benchmarks.browser.rendering import LONG, SHORT
from benchmarks.browser.stage import answer_of, new_tab
from benchmarks.figures import Figure
from tests.browser.steps import Tab

PACE = 200  # tokens a second
_LINEAR = 1.5
_PATIENCE_MS = 900_000
_LISTEN = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => [task.startTime, task.duration])))
  .observe({type: 'longtask', buffered: true});
"""
# At once: what is typed into a box comes letter by letter, which takes it minutes.
_WRITE = "(box, text) => { box.value = text; box.dispatchEvent(new InputEvent('input', {bubbles: true})); }"
_BEGUN = "(number) => document.querySelectorAll('#messages .answer')[number]?.querySelector('.prose > *')"
_ENDED = "(number) => document.querySelectorAll('#messages .answer')[number]?.dataset.status === 'complete'"


class _Work:
    """Seconds that the main thread of a page has worked."""

    def __init__(self, tab: Tab) -> None:
        self._session = tab.page.context.new_cdp_session(tab.page)
        self._session.send("Performance.enable")

    def read(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float({one["name"]: one["value"] for one in metrics}["TaskDuration"])


def measure(server: Any, browser: Any, state: Any) -> list[Figure]:
    """Long tasks after the warm-up, and the main thread's time for each kilobyte."""
    with new_tab(server, browser, state) as tab:
        tab.page.add_init_script(_LISTEN)
        tab.open()
        work = _Work(tab)
        short, _ = _answered(tab, work, 0, SHORT)
        long, tasks = _answered(tab, work, 1, LONG)
    over = [took for took in tasks if took > 50]
    return [
        Figure(f"tasks over 50 ms, {LONG // 1000} KB at {PACE} tokens/s", len(over), "", 0),
        Figure("the longest of them", max(over, default=0), "ms", 50),
        Figure(f"main thread, {SHORT // 1000} KB", short / SHORT * 1e6, "ms/KB"),
        Figure(f"main thread, {LONG // 1000} KB", long / LONG * 1e6, "ms/KB"),
        Figure("the one by the other", long / LONG / (short / SHORT), "×", _LINEAR),
    ]


def _answered(tab: Tab, work: _Work, number: int, size: int) -> tuple[float, list[float]]:
    """Seconds of the main thread from the first text to the end, and the long tasks in between, in milliseconds."""
    tab.page.locator("#prompt").evaluate(_WRITE, f"Repeat: {answer_of(size)}\n/simulate pace {PACE}")
    tab.page.click("#send")
    tab.page.wait_for_function(_BEGUN, arg=number)
    began, before = tab.page.evaluate("performance.now()"), work.read()
    tab.page.wait_for_function(_ENDED, arg=number, polling=500, timeout=_PATIENCE_MS)
    spent = work.read() - before
    tasks: list[list[float]] = tab.page.evaluate("window.longTasks")
    return spent, [took for start, took in tasks if start >= began]
