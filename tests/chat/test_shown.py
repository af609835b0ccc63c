"""An answer's text, sources, thoughts and end, as stored and as a page shows them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation
from chat.runner import Runner
from chat.services import thread
from chat.services.shown import text_with_sources
from chat.thinking import ThinkingClock
from chat.threads import in_thread
from providers.events import (
    BlockReceived,
    Event,
    MessageStarted,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    Usage,
    UsageReported,
)
from providers.messages import ContentPart, TextPart, ThinkingPart, ToolUsePart
from providers.shown import Source
from sessions_app.models import ProviderSession
from tests.chat.page import open_page
from tests.chat.stored import stored, wait_for_status
from tests.support.simulator import RunningSimulator

ALMANAC, NEWS = Source(title="Almanac", url="https://a.b/"), Source(title="News", url="https://c.d/")
TOOL = ToolUsePart(id="1", name="f", input={})


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        ((TextPart(text="One "), TextPart(text="sentence.")), "One sentence."),
        ((TextPart(text="Before"), TOOL, TextPart(text="after")), "Before\n\nafter"),
        ((ThinkingPart(text="Hm"), TextPart(text="Answer")), "Answer"),
        ((TextPart(text="A"), ThinkingPart(text="", signature="c2ln"), TextPart(text="B")), "AB"),
        ((TextPart(text="A"), ThinkingPart(text="Hm"), TextPart(text="B")), "A\n\nB"),
        (
            (TextPart(text="Sun", sources=(ALMANAC, NEWS)), TextPart(text=" and rain", sources=(NEWS, NEWS))),
            "Sun\ue2001\ue201\ue2002\ue201 and rain\ue2002\ue201",
        ),
        (
            (TextPart(text="A", sources=(Source(passage="x"), Source(passage="y"), Source(passage="x"))),),
            "A\ue2001\ue201\ue2002\ue201",
        ),
    ],
)
def test_text_parts_are_put_together_with_marks_for_their_sources(
    parts: tuple[ContentPart, ...], text: str
) -> None:
    assert text_with_sources(parts)[0] == text


def test_sources_are_numbered_as_they_come() -> None:
    parts = (TextPart(text="A", sources=(NEWS,)), TextPart(text="B", sources=(ALMANAC, NEWS)))
    assert text_with_sources(parts)[1] == (NEWS, ALMANAC)


STARTED = MessageStarted(message_id="m", model="x", usage=Usage())


@pytest.mark.parametrize(
    ("steps", "seconds"),
    [
        ([(0, STARTED), (1, TextDelta(text="a")), (5, TextDelta(text="b"))], None),
        ([(0, STARTED), (2, ThinkingDelta(text="a")), (4, ThinkingDelta(text="b"))], 8.0),
        ([(2, ThinkingDelta(text="a")), (4, ThinkingSigned(signature="s")), (5, TextDelta(text="b"))], 3.0),
        ([(2, ThinkingDelta(text="a")), (4, UsageReported(usage=Usage())), (5, TextDelta(text="b"))], 3.0),
        (
            [
                (1, ThinkingDelta(text="a")),
                (2, BlockReceived(block={})),
                (7, ThinkingDelta(text="b")),
                (9, TextDelta(text="c")),
            ],
            3.0,
        ),
    ],
)
def test_thoughts_are_timed_without_what_is_said_between(
    steps: list[tuple[float, Event]], seconds: float | None
) -> None:
    clock = ThinkingClock()
    for now, event in steps:
        clock.take(event, now)
    assert clock.total(10) == seconds


async def answered(
    owner: User, session: ProviderSession, upstream: RunningSimulator, text: str = "Tell me", **switches: Any
) -> thread.MessageView:
    """An answer as the thread shows it after its end."""
    upstream.set(pace=0, **switches)
    async with open_page(owner) as page:
        ack = await page.ask(session, text)
        await wait_for_status(ack["generation"], "complete")
    return (await in_thread(lambda: thread.messages_of(Conversation.objects.get())))[-1]


@pytest.mark.django_db(transaction=True)
async def test_an_answer_keeps_how_long_it_thought_and_what_it_searched(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    shown = await answered(owner, session, upstream, thinking=True, search=True)
    assert shown.thinking
    assert shown.thinking_s is not None
    assert shown.thought.startswith("Thought for ")
    assert [block.title for block in shown.blocks] == ["Searched the web", "Found 1 page"]
    assert [source.title for source in shown.sources] == ["The simulated almanac"]
    assert shown.text.endswith("\ue2001\ue201")
    assert "\ue200" not in (await stored(str(shown.generation_id))).message.text


@pytest.mark.django_db(transaction=True)
async def test_a_refusal_keeps_the_providers_word(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    shown = await answered(owner, session, upstream, stop="refusal")
    assert (shown.stop_reason, shown.stop_explanation) == ("refusal", "Simulated refusal.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_payer", [True, False])
async def test_a_paused_turn_goes_on_as_it_is_with_the_same_payer_and_is_asked_to_with_another(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
    same_payer: bool,
) -> None:
    paused = await answered(owner, session, upstream, stop="pause_turn", thinking=True, search=True)
    upstream.reset()
    upstream.set(pace=0)
    payer = session if same_payer else other_session
    wish = {"message": paused.id, "client_id": uuid.uuid4(), "how": "continue", "session": payer.pk}
    async with open_page(owner) as page:
        ack = await page.do("again", **wish)
        assert ack["type"] == "ack", ack
        await wait_for_status(ack["generation"], "complete")
    sent = json.loads(upstream.state.requests[-1].body)["messages"]
    assert [one["role"] for one in sent] == ["user", "assistant"] + [] * same_payer + ["user"] * (
        not same_payer
    )
    kinds = [block["type"] for block in sent[1]["content"]]
    own = ["server_tool_use", "web_search_tool_result", "text"]
    assert kinds == (["thinking", *own] if same_payer else own)
