"""What the tests say to the simulator, and what they make of its numbered answers."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence

from providers.simulator.numbered import LINE, read_numbers


def new_mark() -> str:
    """A word by which the provider's record of one message is found."""
    return f"mark-{uuid.uuid4().hex}"


def prompt(mark: str, *lines: str, **switches: float | str) -> str:
    """A message with switches: `lines` are such as "overloaded", the others have values."""
    words = [*lines, *(f"{name} {value}" for name, value in switches.items())]
    return "\n".join([mark, *(f"/simulate {word}" for word in words)])


def unbroken(text: str) -> int:
    """How many lines a numbered answer has; fails if one is missing, doubled, out of order or damaged."""
    numbers = [number for number, _ in read_numbers(text)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert LINE.sub("", text) == "", "something stands between the lines"
    return len(numbers)


def last_sent_at(text: str) -> float:
    """When the last line of the text was sent, seconds since the epoch; 0 for no line."""
    numbers = read_numbers(text)
    return numbers[-1][1] if numbers else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]
