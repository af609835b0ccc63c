"""Comparisons from a page's side: by websocket and by POST, in other tabs, and what the provider is asked."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, Generation
from chat.runner import Runner
from chat.services import runs
from chat.services.titles import title_from
from chat.threads import in_thread
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import sessions
from tests.chat.page import Frame, Page, Reader, open_page
from tests.chat.rows import QUESTION
from tests.chat.stored import stored, wait_for_status
from tests.chat.test_posts import post
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = {"pace": 50, "length": 5000}


def frame_of(*payers: ProviderSession, **changes: Any) -> Frame:
    whole = {"conversation": uuid.uuid4(), "client_id": uuid.uuid4(), "text": QUESTION}
    return {**whole, "payers": [{"session": str(one.pk)} for one in payers], **changes}


async def compare(page: Page, *payers: ProviderSession, **changes: Any) -> Frame:
    return await page.do("compare", **frame_of(*payers, **changes))


def asked(upstream: RunningSimulator) -> int:
    return sum(one.path.endswith("/messages") for one in upstream.state.requests)


async def all_ended(ack: Frame) -> None:
    for answer in ack["answers"]:
        await wait_for_status(answer["generation"], "complete")


async def test_two_payers_answer_together_and_each_pays_for_itself(
    owner: User, session: ProviderSession, other_session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        ack = await compare(page, session, other_session)
        assert (ack["created"], ack["title"], len(ack["answers"])) == (True, title_from(QUESTION), 2)
        for answer in ack["answers"]:
            await page.attach(answer["generation"])
        readers = {answer["generation"]: Reader() for answer in ack["answers"]}
        while not all(reader.ended for reader in readers.values()):
            frame = await page.receive(lambda one: one["type"] == "event")
            readers[frame["generation"]].take(frame)
    for answer in ack["answers"]:
        found = await stored(answer["generation"])
        reader = readers[answer["generation"]]
        assert reader.text == found.message.text
        assert "Paris" in reader.text
        assert reader.ended is not None
        assert reader.ended["writing_s"] == found.writing_s
        assert found.writing_s is not None
    paid = await in_thread(lambda: set(UsageRecord.objects.values_list("session_name", flat=True)))
    assert paid == {"personal_claude", "work_claude"}


async def test_other_tabs_get_the_columns_and_the_choice(
    owner: User, session: ProviderSession, other_session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page, open_page(owner) as other:
        ack = await compare(page, session, other_session)
        started = [await other.receive_type("started") for _ in ack["answers"]]
        assert {one["message"]["id"] for one in started} == {one["message"] for one in ack["answers"]}
        assert {one["user_message"]["id"] for one in started} == {ack["user_message"]}
        columns = {one["message"]["column"]["number"]: one["message"]["session"]["name"] for one in started}
        assert columns == {0: "personal_claude", 1: "work_claude"}
        await all_ended(ack)
        state = await other.state(lambda one: one["comparison"] and not one["running"])
        assert state["newest"] == ack["user_message"]
        assert state["comparison"] == {
            "id": ack["comparison"], "question": ack["user_message"],
            "newest": [one["message"] for one in ack["answers"]],
        }  # fmt: skip
        second = ack["answers"][1]["message"]
        picked = await page.do("pick", message=second)
        assert picked["picked"] == second
        state = await other.state(lambda one: one["newest"] == second)
        assert (state["comparison"], state["session"]["name"]) == (None, "work_claude")


async def test_a_page_that_comes_later_is_told_of_all_columns(
    owner: User, session: ProviderSession, other_session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page, open_page(owner) as other:
        ack = await compare(page, session, other_session)
        await all_ended(ack)
        for known in ("", ack["user_message"], ack["answers"][0]["message"]):
            async with open_page(owner) as late:
                await late.send(type="look", conversation=ack["conversation"], after=known)
                told = [(await late.receive_type("started"))["generation"] for _ in ack["answers"]]
                assert told == [one["generation"] for one in ack["answers"]]
                assert (await late.receive_type("conversation"))["comparison"]["id"] == ack["comparison"]
        await other.do("pick", message=ack["answers"][0]["message"])
        async with open_page(owner) as late:
            await late.send(type="look", conversation=ack["conversation"], after="")
            only = await late.receive_type("started")
            assert only["message"]["id"] == ack["answers"][0]["message"]
            assert (await late.receive_type("conversation"))["comparison"] is None


async def test_a_double_send_asks_each_payer_once(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    frame = frame_of(session, other_session)
    client = AsyncClient()
    await client.aforce_login(owner)
    async with open_page(owner) as page, open_page(owner) as other:
        acks = await asyncio.gather(
            page.do("compare", **frame), other.do("compare", **frame), page.do("compare", **frame)
        )
        status, by_post = await post(client, "compare", {**frame, "type": "compare"})
        assert status == 200
        await all_ended(acks[0])
    assert sorted(ack["created"] for ack in [*acks, by_post]) == [False, False, False, True]
    assert len({json.dumps(ack["answers"]) for ack in [*acks, by_post]}) == 1
    assert asked(upstream) == 2


async def test_nothing_reaches_the_provider_if_one_cannot_pay(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    await in_thread(sessions.disable_session, other_session)
    async with open_page(owner) as page:
        refused = await compare(page, session, other_session)
        assert (refused["type"], refused["code"]) == ("error", "session_unavailable")
        assert "work_claude" in refused["message"]
        assert not [one for one in page.kept if one["type"] in {"started", "conversation"}]
    assert asked(upstream) == 0
    assert await in_thread(Conversation.objects.count) == 0


async def test_one_answer_that_fails_leaves_the_others_alone_and_is_tried_again_in_its_place(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    upstream.set(fault="bad_request", first=1)
    async with open_page(owner) as page:
        ack = await compare(page, session, other_session)
        ends = [await until_over(one["generation"]) for one in ack["answers"]]
        assert sorted(ends) == ["complete", "failed"]
        failed = ack["answers"][ends.index("failed")]
        before = asked(upstream)
        again = await page.do(
            "again", message=failed["message"], client_id=uuid.uuid4(), how="retry", session=session.pk
        )
        began = await page.receive(
            lambda one: one["type"] == "started" and one["generation"] == again["generation"]
        )
        assert began["message"]["column"] == {
            "comparison": ack["comparison"], "number": ends.index("failed"),
        }  # fmt: skip
        await wait_for_status(again["generation"], "complete")
        state = await page.state(
            lambda one: one["comparison"] and again["message"] in one["comparison"]["newest"]
        )
        assert failed["message"] not in state["comparison"]["newest"]
    assert asked(upstream) == before + 1


async def until_over(generation: str) -> str:
    async with asyncio.timeout(5):
        while True:
            found = await stored(generation)
            if found.status not in Generation.UNFINISHED:
                return found.status
            await asyncio.sleep(0.01)


async def test_stop_ends_one_column_and_picking_stops_the_rest(
    owner: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    upstream.set(**ENDLESS)
    async with open_page(owner) as page:
        ack = await compare(page, session, other_session, payers=[
            {"session": str(session.pk)}, {"session": str(other_session.pk)},
            {"session": str(session.pk), "model": "simulator-small"},
        ])  # fmt: skip
        await until(lambda: upstream.state.open_streams == 3)
        first, second, third = (one["generation"] for one in ack["answers"])
        await page.do("stop", generation=first)
        await wait_for_status(first, "stopped")
        assert upstream.state.open_streams == 2
        sent = await page.ask(session, "And then?", conversation=ack["conversation"])
        assert sent["code"] == "pick_first"
        await page.do("pick", message=ack["answers"][1]["message"])
        await wait_for_status(third, "stopped")
        await until(lambda: upstream.state.open_streams == 1)
        assert (await stored(second)).status == "running", "it goes on"
        queued = await page.ask(session, "And then?", conversation=ack["conversation"])
        assert queued["state"] == "queued", "as behind any answer"
        await page.do("stop", generation=second)


async def test_columns_that_died_with_their_process_are_cut_off_and_can_go_on(
    owner: User, session: ProviderSession, other_session: ProviderSession, patient: Runner
) -> None:
    client = AsyncClient()
    await client.aforce_login(owner)
    ids = frame_of(session, other_session)
    async with open_page(owner) as page:
        upstreams = await page.do("compare", **ids)
        for answer in upstreams["answers"]:
            found = await until_over(answer["generation"])
            assert found == "complete"
            generation = await stored(answer["generation"])
            await in_thread(
                Generation.objects.filter(pk=generation.pk).update, status="running", heartbeat_at=None
            )
            generation = await stored(answer["generation"])
            assert await in_thread(end_dead, generation)
        state = await in_thread(lambda: Conversation.objects.get().head)
        assert str(state.pk) == upstreams["user_message"], "still to be picked"
        cut = upstreams["answers"][0]
        again = await page.do(
            "again", message=cut["message"], client_id=uuid.uuid4(), how="continue", session=session.pk
        )
        assert again["type"] == "ack"
        await wait_for_status(again["generation"], "complete")
        picked = await page.do("pick", message=cut["message"])
        assert picked["picked"] == again["message"]


def end_dead(generation: Generation) -> bool:
    return runs.end_from_outside(generation, "interrupted", None, now=generation.created_at)


@pytest_asyncio.fixture
async def client(owner: User) -> AsyncClient:
    signed_in = AsyncClient()
    await signed_in.aforce_login(owner)
    return signed_in


async def test_compare_and_pick_by_post(
    client: AsyncClient,
    stranger: User,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
) -> None:
    frame = frame_of(session, other_session, text="word " * 20_000)  # more than a frame may carry
    status, ack = await post(client, "compare", frame)
    assert (status, ack["type"], ack["created"]) == (200, "ack", True)
    await all_ended(ack)
    other = AsyncClient()
    await other.aforce_login(stranger)
    wish = {"message": ack["answers"][1]["message"]}
    assert (await post(other, "pick", wish))[0] == 404
    assert (await post(other, "compare", frame))[0] in {404, 409}
    assert (await in_thread(Conversation.objects.get)).session_id == session.pk
    status, picked = await post(client, "pick", wish)
    assert (status, picked["picked"]) == (200, wish["message"])
    assert await post(client, "pick", wish) == (status, picked)
    status, error = await post(client, "pick", {"message": ack["user_message"]})
    assert (status, error["code"]) == (404, "not_found")


async def test_a_comparison_is_named_once_where_it_is_being_answered(
    client: AsyncClient,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
) -> None:
    upstream.set(**ENDLESS)
    _, ack = await post(client, "compare", frame_of(session, other_session))
    rows = (await client.get(reverse("chat:running"))).json()["running"]
    assert [row["id"] for row in rows] == [ack["conversation"]]


async def test_what_a_picked_answer_was_compared_with_is_told_and_shown(
    client: AsyncClient,
    session: ProviderSession,
    other_session: ProviderSession,
    running: Runner,
) -> None:
    _, ack = await post(client, "compare", frame_of(session, other_session))
    await all_ended(ack)
    first, second = ack["answers"]
    address = reverse("chat:beside", args=[first["generation"]])
    assert "data-picked" not in (await client.get(address)).content.decode()
    await post(client, "pick", {"message": second["message"]})
    fragment = (await client.get(address)).content.decode()
    assert fragment.count('class="column ') == 2
    whole = (await client.get(reverse("chat:conversation", args=[ack["conversation"]]))).content.decode()
    assert f'data-message="{second["message"]}"' in whole
    assert f'data-message="{first["message"]}"' not in whole
    assert 'Compared with <span class="compared-face"><span class="badge p1"' in whole
    owner = await in_thread(User.objects.get, username="owner")
    async with open_page(owner) as late:
        await late.send(type="look", conversation=ack["conversation"], after="")
        began = await late.receive_type("started")
        assert began["message"]["column"] is None
        assert [one["name"] for one in began["message"]["beside"]] == ["personal_claude"]


async def test_a_page_shows_the_columns_that_are_still_to_be_picked(
    client: AsyncClient, session: ProviderSession, other_session: ProviderSession, running: Runner
) -> None:
    _, ack = await post(client, "compare", frame_of(session, other_session))
    await all_ended(ack)
    for name in ("conversation", "branch"):
        page = (await client.get(reverse(f"chat:{name}", args=[ack["conversation"]]))).content.decode()
        assert f'data-comparison="{ack["comparison"]}"' in page
        for answer in ack["answers"]:
            assert f'data-generation="{answer["generation"]}"' in page


async def test_settings_that_come_with_a_comparison_are_those_of_its_conversation(
    client: AsyncClient,
    session: ProviderSession,
    other_session: ProviderSession,
    upstream: RunningSimulator,
    running: Runner,
) -> None:
    _, ack = await post(client, "compare", frame_of(session, other_session, settings={"system": "Be brief."}))
    await all_ended(ack)
    bodies = [one.body.decode() for one in upstream.state.requests if one.path.endswith("/messages")]
    assert ["Be brief." in body for body in bodies] == [True, True]
    status, error = await post(
        client, "compare", frame_of(session, other_session, settings={"max_tokens": 0})
    )
    assert (status, error["code"]) == (400, "settings_refused")
