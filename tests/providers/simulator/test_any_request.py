"""Whatever a client sends, the simulator answers or explains; it never breaks."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.simulator.compose import compose
from providers.simulator.events import stream_events
from providers.simulator.failures import AnswerError
from providers.simulator.state import SimulatorState
from providers.simulator.switches import Switches
from providers.simulator.validation import check_rules, parse_body
from tests.providers.simulator.client import body_for

FIELDS = ("type", "text", "source", "data", "media_type", "id", "name", "input", "tool_use_id", "content")
WORDS = (
    "text",
    "image",
    "document",
    "tool_use",
    "tool_result",
    "thinking",
    "base64",
    "auto",
    "any",
    "object",
)
simple = st.none() | st.booleans() | st.integers(-1, 5000) | st.sampled_from(WORDS) | st.text(max_size=20)
anything = st.recursive(
    simple,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
places = st.sampled_from(
    ("model", "messages", "system", "tools", "tool_choice", "thinking", "stop_sequences", "cache_control")
)


def status_of(body: dict[str, Any]) -> int:
    """All that the simulator does with a body, short of sending it."""
    try:
        checked = parse_body(msgspec.json.encode(body), "application/json")
        check_rules(checked, version="2023-06-01")
        reply = compose(checked, Switches(), SimulatorState())
    except AnswerError as error:
        return error.status
    return 200 if list(stream_events(reply, chunk=1))[-1].data == {"type": "message_stop"} else 500


@settings(max_examples=100, deadline=None)
@given(place=places, value=anything, content=anything)
def test_any_request_is_answered_or_explained(place: str, value: Any, content: Any) -> None:
    for body in (body_for("hi", **{place: value}), body_for([content]), body_for(content)):
        assert status_of(body) in (200, 400, 404)
