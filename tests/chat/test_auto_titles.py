"""A conversation gets a short title from the cheapest model of the session that answered, once, at that session's cost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.answering import answer
from chat.models import Conversation, Generation, Message
from chat.parts import encode_parts
from chat.runner import Runner
from chat.services import auto_titles, conversations
from chat.threads import in_thread
from chat.titling import give_title
from providers.credentials import Secret
from providers.events import Completed, StopReason, TextDelta, Usage
from providers.messages import TextPart
from providers.reply import ReplyBuilder
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import budgets, sessions
from tests.chat.page import open_page
from tests.chat.rows import queue
from tests.chat.stored import wait_for_status
from tests.providers.contract.wirings import WIRINGS
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def switched_on(settings: Settings) -> None:
    settings.MAESTRO_AUTO_TITLES = True


def finished(owner: User, session: ProviderSession) -> Generation:
    """A complete answer of which nobody has taken notice yet."""
    started = queue(owner, session, "What is the capital of France, and why?")
    Generation.objects.update(status="complete", finished_at=timezone.now())
    said = encode_parts((TextPart(text="The capital of France is Paris."),))
    Message.objects.filter(pk=started.message.pk).update(status="complete", parts_json=said)
    return started.generation


def reply(text: str, reason: str = "end_turn") -> ReplyBuilder:
    built = ReplyBuilder()
    built.add(TextDelta(text=text))
    built.add(Completed(stop_reason=StopReason(reason=reason), usage=Usage(input_tokens=90, output_tokens=5)))
    return built


async def test_the_first_complete_answer_gives_a_title_and_every_page_sees_it(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        ack = await page.ask(session, "What is the capital of France?\nAnd of Italy?")
        state = await page.state(lambda one: one["title"] == "The capital of France")
        assert state["conversation"] == ack["conversation"]
        second = await page.ask(session, "And of Spain?", conversation=ack["conversation"])
        await wait_for_status(second["generation"], "complete")
        await until(lambda: running.running() == 0)
    titles = await in_thread(list, UsageRecord.objects.filter(purpose="title"))
    assert [(one.session_id, str(one.conversation_id)) for one in titles] == [
        (session.pk, ack["conversation"])
    ]
    assert titles[0].input_tokens > 0


async def test_a_title_that_fails_harms_nothing(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        upstream.set(pace=20)
        ack = await page.ask(session, "What is the capital of France?")
        await wait_for_status(ack["generation"], "running")
        await until(lambda: upstream.state.open_streams == 1)
        upstream.set(fault="bad_request")
        await wait_for_status(ack["generation"], "complete")
        await until(lambda: running.running() == 0)
    conversation = await in_thread(Conversation.objects.get)
    assert conversation.title == "What is the capital of France?"
    assert conversation.title_asked_at is not None
    assert await in_thread(UsageRecord.objects.filter(purpose="title").count) == 0


def test_it_is_asked_for_once_however_many_look(owner: User, session: ProviderSession) -> None:
    generation = finished(owner, session)
    assert auto_titles.claim(generation.pk, now=timezone.now()) is not None
    assert auto_titles.claim(generation.pk, now=timezone.now()) is None


def test_the_request_is_small_and_to_a_model_of_the_same_session(
    owner: User, session: ProviderSession
) -> None:
    wanted = auto_titles.claim(finished(owner, session).pk, now=timezone.now())
    assert wanted is not None
    assert wanted.session_id == session.pk
    assert wanted.request.max_tokens <= 2_000
    assert sum(len(part.text) for turn in wanted.request.messages for part in turn.parts) < 4_000  # type: ignore[union-attr]


@pytest.mark.parametrize("way", ["operator", "session", "budget", "disabled", "chosen", "deleted"])
def test_nothing_is_asked_where_it_is_not_wanted(
    owner: User, session: ProviderSession, settings: Settings, way: str
) -> None:
    generation = finished(owner, session)
    if way == "operator":
        settings.MAESTRO_AUTO_TITLES = False
    if way == "session":
        sessions.update_defaults(session, default_model="simulator-large", auto_titles=False)
    if way == "budget":
        budgets.set_budget(session, Decimal("0.01"))
        UsageRecord.objects.create(
            run_id=generation.pk,
            at=timezone.now(),
            owner=owner,
            session_id=session.pk,
            model="m",
            cost=Decimal(1),
        )
    if way == "disabled":
        sessions.disable_session(session)
    if way == "chosen":
        conversations.rename(owner, generation.message.conversation_id, "Mine")
    if way == "deleted":
        Conversation.objects.update(deleted_at=timezone.now())
    assert auto_titles.claim(generation.pk, now=timezone.now()) is None
    assert Conversation.objects.get().title_asked_at is None


def test_a_title_that_the_owner_gives_meanwhile_stays(owner: User, session: ProviderSession) -> None:
    wanted = auto_titles.claim(finished(owner, session).pk, now=timezone.now())
    assert wanted is not None
    conversations.rename(owner, wanted.conversation_id, "Mine")
    assert not auto_titles.store(wanted, reply("Theirs"), now=timezone.now())
    assert Conversation.objects.get().title == "Mine"
    assert UsageRecord.objects.get().purpose == "title"  # it was paid all the same


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Capitals of Europe", "Capitals of Europe"),
        ('\n**Title: “Capitals of Europe.”**\nand more', "Capitals of Europe"),
        ("Ca\u202epi\x00tals", "Ca pi tals"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("word " * 200, "word word word word word word word word word word word…"),
        (" \n ", "What is the capital of France, and why?"),
    ],
)  # fmt: skip
def test_what_a_model_says_becomes_one_clean_line(
    owner: User, session: ProviderSession, text: str, title: str
) -> None:
    wanted = auto_titles.claim(finished(owner, session).pk, now=timezone.now())
    assert wanted is not None
    for _ in range(2):  # written twice, paid once
        auto_titles.store(wanted, reply(text), now=timezone.now())
    assert Conversation.objects.get().title == title
    assert UsageRecord.objects.filter(purpose="title").count() == 1


def test_a_refusal_is_no_title(owner: User, session: ProviderSession) -> None:
    wanted = auto_titles.claim(finished(owner, session).pk, now=timezone.now())
    assert wanted is not None
    assert not auto_titles.store(wanted, reply("I cannot", "refusal"), now=timezone.now())


def test_the_page_of_the_session_has_the_switch_and_usage_tells_titles_apart(
    client: Client, owner: User, session: ProviderSession
) -> None:
    wanted = auto_titles.claim(finished(owner, session).pk, now=timezone.now())
    assert wanted is not None
    auto_titles.store(wanted, reply("A title"), now=timezone.now())
    client.force_login(owner)
    assert (
        "1 automatic title"
        in client.get(reverse("chat:usage", args=[wanted.conversation_id])).content.decode()
    )
    assert b",title" in b"".join(client.get(reverse("sessions:usage_csv")))
    url = reverse("sessions:defaults", args=[session.pk])
    client.post(url, {"default_model": "simulator-large", "system_prompt": ""})
    session.refresh_from_db()
    assert not session.auto_titles
    client.post(url, {"default_model": "simulator-large", "system_prompt": "", "auto_titles": "on"})
    session.refresh_from_db()
    assert session.auto_titles


@pytest.mark.usefixtures("closed_clients")
@pytest.mark.parametrize("name", WIRINGS)
async def test_every_wire_gives_a_title(
    owner: User, simulator: RunningSimulator, settings: Settings, name: str
) -> None:
    wiring = WIRINGS[name]
    settings.MAESTRO_PROVIDERS = {wiring.provider: wiring.settings(simulator.url)}
    session = await in_thread(
        sessions.create_session,
        owner=owner,
        provider=wiring.provider,
        auth_type="api_key",
        name="any_vendor",
        api_key=Secret(wiring.key),
    )
    generation = await in_thread(finished, owner, session)
    assert await give_title(generation.pk, answer=answer)
    conversation = await in_thread(Conversation.objects.get)
    assert conversation.title == "The capital of France, and why"
    record = await in_thread(UsageRecord.objects.get)
    assert (record.purpose, record.is_partial) == ("title", False)
