"""What the handlers of both wires share: numbers for blocks, the end of an answer, what was not known."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Hashable, Sequence

from providers.errors import ProviderError, StreamCutOff, UnexpectedAnswer
from providers.events import Completed, Event, Failed, MessageStarted, StopReason, ToolUseReady, Usage
from providers.limits import Limit
from providers.tool_input import parse_tool_input

logger = logging.getLogger(__name__)

# Answers that end in the middle of a tool's input, so that its JSON may well be incomplete.
_CUT_SHORT = frozenset({"max_tokens", "refusal"})


class AnswerState:
    """What one answer needs between events. `skipped` counts what was not known, by name."""

    def __init__(self, *, request_id: str | None, limits: tuple[Limit, ...]) -> None:
        self.request_id = request_id
        self._limits = limits
        self.skipped: Counter[str] = Counter()
        self.usage = Usage()
        self.has_tool_use = False
        self.refusal: list[str] = []
        self._numbers: dict[Hashable, int] = {}
        self._bad_tool_input: ProviderError | None = None

    def start(self, *, message_id: str, model: str) -> MessageStarted:
        """The first event."""
        return MessageStarted(
            message_id=message_id,
            model=model,
            usage=Usage(),
            request_id=self.request_id,
            limits=self._limits,
        )

    def number(self, key: Hashable) -> int:
        """The position of a block, given out in the order in which blocks begin."""
        return self._numbers.setdefault(key, len(self._numbers))

    def tool_use(self, key: Hashable, *, call_id: str, name: str, arguments: str) -> Sequence[Event]:
        """The complete request for a tool; none if its input cannot be read, which `end` judges."""
        try:
            tool_input = parse_tool_input(arguments, name=name)
        except UnexpectedAnswer as error:
            self._bad_tool_input = error
            return ()
        return (ToolUseReady(id=call_id, name=name, input=tool_input, index=self.number(key)),)

    def end(self, reason: StopReason) -> Completed | Failed:
        """The last event of an answer that the provider brought to its end."""
        if self.skipped:
            logger.info("Skipped what this version does not know: %r", dict(self.skipped))
        if self._bad_tool_input is not None and reason.reason not in _CUT_SHORT:
            return Failed(error=self._bad_tool_input)
        return Completed(stop_reason=reason, usage=self.usage)

    def natural_end(self) -> StopReason:
        """Why an answer stopped that nothing cut short."""
        if self.refusal:
            return StopReason(reason="refusal", explanation="".join(self.refusal))
        return StopReason(reason="tool_use" if self.has_tool_use else "end_turn")

    def skip(self, what: str) -> Sequence[Event]:
        """Count something new that the vendor has added."""
        self.skipped[what[:80]] += 1
        return ()

    def unreadable(self, name: str) -> UnexpectedAnswer:
        """The error for an event without its documented shape."""
        return UnexpectedAnswer(
            f"The provider sent a “{name[:80]}” event that cannot be read, so the answer stops here.",
            request_id=self.request_id,
        )

    def cut_off(self) -> Failed:
        """The body ended without the provider's last event."""
        return Failed(
            error=StreamCutOff(
                "The answer ended too early: the connection was closed before its last event.",
                request_id=self.request_id,
            )
        )
