"""Answers whose every delta carries its number and the time at which it was sent.

So loss, order and delay can be measured wherever the text ends up. A delta is one line: the number, seconds since
the epoch, a character outside the basic plane (which JavaScript counts as two), and filling up to the wanted size.
"""

from __future__ import annotations

import re
import time

LINE = re.compile(r"(\d+) (\d+\.\d+) 🌍\.*\n")


def numbered_line(number: int, size: int) -> str:
    """Line `number` with the present time, of at least `size` characters."""
    return f"{number} {time.time():.4f} 🌍".ljust(size - 1, ".") + "\n"


def read_numbers(text: str) -> list[tuple[int, float]]:
    """Number and time of each whole line of `text`."""
    return [(int(number), float(sent_at)) for number, sent_at in LINE.findall(text)]
