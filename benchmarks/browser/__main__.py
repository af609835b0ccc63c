"""Run: .venv/bin/python -m benchmarks.browser [--only rendering,answers,paint] [--rounds 3] [--markdown-it FILE]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.browser import answers, paint, rendering
from benchmarks.browser.stage import stage
from benchmarks.figures import show

PARTS = ("rendering", "answers", "paint")
_LOADS = 5  # of a page for each round


def main() -> int:
    """Measure, print; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown-it", type=Path, default=rendering.MARKDOWN_IT)
    options = parser.parse_args()
    missed = False
    with stage() as (server, browser, state):
        for part in options.only.split(","):
            match part:
                case "rendering":
                    found = rendering.measure(
                        server, browser, state, rounds=options.rounds, library=options.markdown_it
                    )
                case "answers":
                    found = answers.measure(server, browser, state)
                case "paint":
                    found = paint.measure(server, browser, state, rounds=options.rounds * _LOADS)
                case _:
                    parser.error(f"no such part: {part}; there are {', '.join(PARTS)}")
            missed = show(part, found) or missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
