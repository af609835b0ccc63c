"""How long a model thought: the time between the first thought and what follows, as often as it begins anew. Pure."""

from __future__ import annotations

from providers.events import Event, MessageStarted, ThinkingDelta, ThinkingSigned, UsageReported

_THOUGHTS = (ThinkingDelta, ThinkingSigned)
_NO_CONTENT = (MessageStarted, UsageReported)


class ThinkingClock:
    """Is given every event with the time, in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._seconds = 0.0
        self._has_thought = False

    def take(self, event: Event, now: float) -> None:
        """An event that is content."""
        if isinstance(event, ThinkingDelta):
            self._has_thought = True
            self._since = now if self._since is None else self._since
        elif self._since is not None and not isinstance(event, (*_THOUGHTS, *_NO_CONTENT)):
            self._seconds += now - self._since
            self._since = None

    def total(self, now: float) -> float | None:
        """Seconds until now, `None` if it has not thought."""
        running = 0.0 if self._since is None else now - self._since
        return round(self._seconds + running, 1) if self._has_thought else None
