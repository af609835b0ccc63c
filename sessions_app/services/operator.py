"""What the operator must know now, a sentence or two for each trouble. The admin shows them on every page."""

from __future__ import annotations

from collections.abc import Callable

from sessions_app.services import instance, keys, sweep
from sessions_app.services import notices as owners

# Each says what is wrong and what to do, or "" while all is well.
_TROUBLES: tuple[Callable[[], str], ...] = (keys.notice, instance.notice, sweep.notice)
_SOURCES: tuple[Callable[[], str], ...] = (*_TROUBLES, owners.summary)


def notices() -> list[str]:
    """One entry for each thing that needs the operator."""
    return _said(_SOURCES)


def troubles() -> list[str]:
    """The same without what single sessions need: what the operator must hear of on every other page too."""
    return _said(_TROUBLES)


def _said(sources: tuple[Callable[[], str], ...]) -> list[str]:
    return [said for source in sources if (said := source())]
