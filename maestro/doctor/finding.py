"""One answer of the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, how it is, and what to do about it ("" where nothing is to be done). Never a secret."""

    topic: str
    level: Level
    sentence: str
    advice: str = ""


Check = Callable[[], Iterable[Finding]]


def ok(topic: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(topic=topic, level="ok", sentence=sentence)


def warning(topic: str, sentence: str, advice: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(topic=topic, level="warning", sentence=sentence, advice=advice)


def problem(topic: str, sentence: str, advice: str) -> Finding:
    """Something does not work, or is dangerous."""
    return Finding(topic=topic, level="problem", sentence=sentence, advice=advice)
