"""Another try and the rest of an answer, after one that did not come to its end."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation, Generation, Message
from chat.runner import Runner
from chat.services import thread
from chat.services.history import GO_ON
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.page import Frame, Page, Reader, open_page
from tests.chat.stored import stored, wait_for_status
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
TAKES_PREFILL = "simulator-small"
LONG = "Explain the history of the lighthouse."


async def cut_off(
    page: Page, session: ProviderSession, upstream: RunningSimulator, *, after: int = 12, **changes: Any
) -> Frame:
    """The ack of a message whose answer was cut off in the middle; the next ones are whole."""
    upstream.set(fault="cut", after=after)
    ack = await page.ask(session, LONG, **changes)
    await wait_for_status(ack["generation"], "interrupted")
    upstream.reset()
    upstream.set(pace=0)
    return ack


async def again(page: Page, session: ProviderSession, message: str, how: str, **changes: Any) -> Frame:
    frame = {"message": message, "client_id": uuid.uuid4(), "how": how, "session": session.pk}
    return await page.do("again", **{**frame, **changes})


def last_messages(upstream: RunningSimulator) -> list[dict[str, Any]]:
    """What the newest request to the provider said."""
    messages: list[dict[str, Any]] = json.loads(upstream.state.requests[-1].body)["messages"]
    return messages


def shown() -> list[thread.MessageView]:
    return thread.messages_of(Conversation.objects.get())


async def test_a_model_that_takes_it_goes_on_in_the_middle_of_its_text(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        whole = await page.ask(session, LONG, model=TAKES_PREFILL)
        await wait_for_status(whole["generation"], "complete")
        cut = await cut_off(page, session, upstream, model=TAKES_PREFILL)
        ack = await again(page, session, cut["message"], "continue", model=TAKES_PREFILL)
        assert (ack["user_message"], ack["created"]) == (None, True)
        began = await page.receive(
            lambda one: one["type"] == "started" and one["generation"] == ack["generation"]
        )
        assert (began["after"], began["user_message"]) == (cut["message"], None)
        await wait_for_status(ack["generation"], "complete")
    first, rest = (await stored(cut["generation"])).message, (await stored(ack["generation"])).message
    assert (rest.parent_id, first.status) == (first.pk, "interrupted")
    assert [one["role"] for one in last_messages(upstream)] == ["user", "assistant"]
    expected = (await stored(whole["generation"])).message.text
    assert first.text.rstrip() + rest.text == expected


async def test_a_model_that_refuses_it_is_asked_to_go_on(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        cut = await cut_off(page, session, upstream)
        ack = await again(page, session, cut["message"], "continue")
        await wait_for_status(ack["generation"], "complete")
        sent = last_messages(upstream)
        assert [one["role"] for one in sent] == ["user", "assistant", "user"]
        assert sent[-1]["content"][0]["text"] == GO_ON
        # the next turn follows on both pieces, and the request to go on is no part of the conversation
        follow_up = await page.ask(session, "Thanks", conversation=cut["conversation"])
        await wait_for_status(follow_up["generation"], "complete")
    assert [one["role"] for one in last_messages(upstream)] == ["user", "assistant", "user"]
    assert GO_ON not in upstream.state.requests[-1].body.decode()
    roles = [one.role for one in await in_thread(shown)]
    assert roles == ["user", "assistant", "assistant", "user", "assistant"]


async def test_another_try_is_a_sibling_and_the_newest_is_shown(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        cut = await cut_off(page, session, upstream)
        ack = await again(page, session, cut["message"], "retry")
        began = await page.receive(
            lambda one: one["type"] == "started" and one["generation"] == ack["generation"]
        )
        assert (began["after"], began["user_message"]) == (cut["user_message"], None)
        await wait_for_status(ack["generation"], "complete")
    assert last_messages(upstream)[-1]["role"] == "user"
    siblings = await in_thread(lambda: Message.objects.filter(parent=int(cut["user_message"])).count())
    assert siblings == 2
    assert [one.id for one in await in_thread(shown)] == [cut["user_message"], ack["message"]]


@pytest.mark.parametrize("how", ["retry", "continue"])
async def test_a_double_click_is_one_run(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator, how: str
) -> None:
    async with open_page(owner) as page, open_page(owner) as other:
        cut = await cut_off(page, session, upstream)
        calls = len(upstream.state.requests)
        client_id = uuid.uuid4()
        acks = await asyncio.gather(
            *(again(one, session, cut["message"], how, client_id=client_id) for one in (page, other, page))
        )
        assert len({ack["generation"] for ack in acks}) == 1
        assert sorted(ack["created"] for ack in acks) == [False, False, True]
        await wait_for_status(acks[0]["generation"], "complete")
    assert len(upstream.state.requests) == calls + 1


async def test_who_pays_is_named_and_kept(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    async with open_page(owner) as page:
        cut = await cut_off(page, session, upstream)
        ack = await again(page, other_session, cut["message"], "retry")
        began = await page.receive(
            lambda one: one["type"] == "started" and one["generation"] == ack["generation"]
        )
        assert began["message"]["session"]["name"] == "work_claude"
        await wait_for_status(ack["generation"], "complete")
        await in_thread(sessions.disable_session, session)
        refused = await again(page, session, ack["message"], "retry")
    assert refused["code"] == "session_unavailable"
    assert await in_thread(Generation.objects.count) == 2


async def test_what_cannot_be_done_again_is_refused_with_a_code(
    owner: User, stranger: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page, open_page(stranger) as foreign:
        upstream.set(fault="bad_request")
        failed = await page.ask(session)
        await wait_for_status(failed["generation"], "failed")
        upstream.reset()
        assert (await again(page, session, failed["message"], "continue"))["code"] == "nothing_to_continue"
        for message in (failed["user_message"], "nothing", "9" * 20, ""):
            assert (await again(page, session, message, "retry"))["code"] == "not_found"
        assert (await again(foreign, session, failed["message"], "retry"))["code"] == "not_found"
        upstream.set(pace=50, length=1000)
        ack = await again(page, session, failed["message"], "retry")
        busy = await again(page, session, failed["message"], "retry")
        assert busy["code"] == "limit_running"
        await page.do("stop", generation=ack["generation"])
        await wait_for_status(ack["generation"], "stopped")
        assert (await again(page, session, failed["message"], "continue"))["code"] == "not_newest"
        upstream.reset()
        done = await again(page, session, ack["message"], "retry")
        await wait_for_status(done["generation"], "complete")
        assert (await again(page, session, done["message"], "continue"))["code"] == "nothing_to_continue"


async def test_an_answer_at_its_length_limit_can_go_on(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        upstream.set(stop="max_tokens")
        full = await page.ask(session)
        await wait_for_status(full["generation"], "complete")
        upstream.reset()
        ack = await again(page, session, full["message"], "continue")
        await page.attach(ack["generation"])
        assert (await page.read(Reader())).text
