"""What the model is sent."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from chat.models import Generation, Message
from chat.parts import encode_parts
from chat.services import history
from providers.messages import (
    ContentPart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.rows import queue

pytestmark = pytest.mark.django_db


def answered(owner: User, session: ProviderSession, *parts: ContentPart) -> list[list[ContentPart]]:
    """The parts that are sent for a second message after an answer of `parts`."""
    first = queue(owner, session, "One")
    Message.objects.filter(pk=first.message.pk).update(status="complete", parts_json=encode_parts(parts))
    Generation.objects.filter(pk=first.generation.pk).update(status="complete")
    second = queue(owner, session, "Two", conversation_id=first.conversation.pk)
    return [list(turn.parts) for turn in history.build_request(second.generation).messages]


def test_text_and_the_providers_own_blocks_go_back(owner: User, session: ProviderSession) -> None:
    own = ProviderPart(provider="simulator", block={"type": "web_search_tool_result"})
    foreign = ProviderPart(provider="another", block={"type": "x"})
    sent = answered(owner, session, TextPart(text="Answer"), own, foreign)
    assert sent == [[TextPart(text="One")], [TextPart(text="Answer"), own], [TextPart(text="Two")]]


def test_reasoning_open_tool_requests_and_empty_text_stay_here(owner: User, session: ProviderSession) -> None:
    kept = (
        ThinkingPart(text="Hm", signature="s"),
        RedactedThinkingPart(data="x"),
        ToolUsePart(id="1", name="weather", input={}),
        TextPart(text=" \n"),
    )
    assert answered(owner, session, *kept) == [[TextPart(text="One")], [TextPart(text="Two")]]


def test_the_sessions_system_prompt_is_sent(owner: User, session: ProviderSession) -> None:
    sessions.update_defaults(session, system_prompt="Be brief.")
    assert history.build_request(queue(owner, session).generation).system == "Be brief."


def test_another_branch_is_not_sent(owner: User, session: ProviderSession) -> None:
    first = queue(owner, session, "One")
    Message.objects.create(
        conversation=first.conversation, parent=first.message, role="user", parts_json="[]"
    )
    assert len(history.build_request(first.generation).messages) == 1


def test_a_provider_that_is_switched_off_has_no_price(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    generation = queue(owner, session).generation
    settings.MAESTRO_PROVIDERS = {}
    assert history.price_of(generation) is None
    generation.session = None
    assert history.price_of(generation) is None
