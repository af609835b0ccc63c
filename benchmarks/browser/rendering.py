"""Our renderer, which takes an answer piece by piece, against markdown-it, which renders all of it again for each piece.

Both write into the page's own column with its own styles, with and without a layout after each piece. They take turns;
the medians of the rounds count. Of markdown-it with a long answer only every n-th piece is done, and counted n times.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.browser.stage import TOKEN, answer_of, new_tab
from benchmarks.figures import Figure
from tests.browser.steps import Tab
from tests.system.servers import ROOT

MARKDOWN_IT = ROOT / ".oracles/node_modules/markdown-it/dist/browser/markdown-it.umd.min.js"
SHORT, LONG = 10_000, 200_000
_SAMPLES = 100  # pieces of markdown-it that are done of a long answer
_LINEAR = 1.5  # how much dearer a character of the long answer may be
_BEGIN = """
  const root = document.querySelector('main').appendChild(document.createElement('div'));
  root.className = 'prose';
  let height = 0;
  const look = () => { if (layout) height = root.offsetHeight; };
"""
OURS = f"""async ({{text, size, layout}}) => {{
  const {{MarkdownStream}} = await import('/static/chat/js/markdown/stream.js');
  {_BEGIN}
  const began = performance.now();
  const stream = new MarkdownStream(root);
  for (let at = 0; at < text.length; at += size) {{
    stream.write(text.slice(at, at + size));
    stream.flush();
    look();
  }}
  stream.end();
  stream.flush();
  look();
  const took = performance.now() - began;
  root.remove();
  return took;
}}"""
THEIRS = f"""({{text, size, layout, every}}) => {{
  const renderer = markdownit({{linkify: true, breaks: true}});
  {_BEGIN}
  let took = 0;
  for (let at = size; at <= text.length; at += size * every) {{
    const source = text.slice(0, at);
    const began = performance.now();
    root.innerHTML = renderer.render(source);
    look();
    took += performance.now() - began;
  }}
  root.remove();
  return took * every;
}}"""


def _milliseconds(tab: Tab, script: str, text: str, **options: Any) -> float:
    return float(tab.page.evaluate(script, {"text": text, "size": TOKEN, **options}))


def measure(
    server: Any, browser: Any, state: Any, *, rounds: int, library: Path = MARKDOWN_IT
) -> list[Figure]:
    """Milliseconds for an answer in pieces of `TOKEN` characters, and how often ours goes into markdown-it's."""
    is_there = library.exists()
    if not is_there:
        print("MARKDOWN-IT NOT RUN: it is not installed; run scripts/oracles.sh")
    found = []
    with new_tab(server, browser, state) as tab:
        tab.open("/accounts/password/")
        if is_there:
            tab.page.evaluate(library.read_text())
        for layout in (False, True):
            found += _compared(tab, is_there, rounds=rounds, layout=layout)
    return found


def _compared(tab: Tab, is_there: bool, *, rounds: int, layout: bool) -> list[Figure]:
    words = "with layout" if layout else "without layout"
    per_character = {}
    found = []
    for size in (SHORT, LONG):
        text = answer_of(size)
        every = max(1, size // TOKEN // _SAMPLES) if size > SHORT else 1
        ours, theirs = list[float](), list[float]()
        for _ in range(rounds):
            ours.append(_milliseconds(tab, OURS, text, layout=layout))
            if is_there:
                theirs.append(_milliseconds(tab, THEIRS, text, layout=layout, every=every))
        name = f"{size // 1000} KB, {words}"
        per_character[size] = median(ours) / size
        found.append(Figure(f"ours, {name}", median(ours), "ms"))
        if is_there:
            found.append(Figure(f"markdown-it for each piece, {name}", median(theirs), "ms"))
            found.append(Figure("  times ours", median(theirs) / median(ours), "×"))
    dearer = per_character[LONG] / per_character[SHORT]
    return [*found, Figure(f"ours, a character of 200 KB by one of 10 KB, {words}", dearer, "×", _LINEAR)]
