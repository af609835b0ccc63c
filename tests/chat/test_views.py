"""The chat's pages and the POST doors, for the owner, strangers, nobody and nonsense."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from chat import urls
from chat.log import Ended, EventLog
from chat.models import Attachment, Conversation, Generation
from chat.parts import encode_parts
from chat.reading import limits
from chat.runner import Runner
from chat.services import advice, listing, page, runs, thread
from chat.services.batches import Facts
from chat.services.runs import RunWrite
from chat.services.titles import title_from
from chat.services.turns import Started
from chat.threads import in_thread
from providers.events import TextDelta, ThinkingDelta, Usage, UsageReported
from providers.messages import (
    DocumentPart,
    ImagePart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolResultPart,
    ToolUsePart,
)
from sessions_app.models import ProviderSession, SessionHealth
from tests.chat.rows import queue
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
# name → (method, whether it names a conversation or generation); a new route must be added here
ROUTES = {
    "home": ("get", None),
    "conversation": ("get", "conversation"),
    "rename": ("post", "conversation"),
    "pin": ("post", "conversation"),
    "archive": ("post", "conversation"),
    "delete": ("post", "conversation"),
    "restore": ("post", "conversation"),
    "erase": ("post", "conversation"),
    "usage": ("get", "conversation"),
    "branch": ("get", "conversation"),
    "earlier": ("get", "conversation"),
    "send": ("post", None),
    "compare": ("post", None),
    "pick": ("post", None),
    "beside": ("get", "generation"),
    "again": ("post", None),
    "show": ("post", None),
    "remove": ("post", None),
    "queue": ("post", None),
    "settings": ("post", None),
    "estimate": ("post", None),
    "upload": ("post", None),
    "attachment": ("get", "attachment"),
    "running": ("get", None),
    "archived": ("get", None),
    "older": ("get", None),
    "search": ("get", None),
    "stop": ("post", "generation"),
}


@pytest.fixture
def started(owner: User, session: ProviderSession) -> Started:
    Attachment.objects.create(owner=owner, digest="0" * 64, name="a.png", media_type="image/png", size=1)
    return queue(owner, session)


def url_of(name: str, started: Started) -> str:
    kind = ROUTES[name][1]
    if kind == "attachment":
        return reverse("chat:attachment", args=[Attachment.objects.get().pk])
    return reverse(f"chat:{name}", args=[getattr(started, kind).pk] if kind else [])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_route_is_in_the_matrix() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(ROUTES)
    assert get_resolver().resolve("/").view_name == "chat:home"


@pytest.mark.parametrize("name", ROUTES)
def test_nobody_gets_nothing(started: Started, name: str) -> None:
    answer = getattr(Client(), ROUTES[name][0])(url_of(name, started))
    posted = {
        "send",
        "compare",
        "pick",
        "stop",
        "again",
        "show",
        "remove",
        "queue",
        "settings",
        "upload",
        "estimate",
    }
    if name in posted | {"running", "older", "search"}:
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", [name for name, (_, kind) in ROUTES.items() if kind])
@pytest.mark.parametrize("staff", [False, True])
def test_a_stranger_finds_nothing_even_on_the_staff(
    started: Started, stranger: User, name: str, staff: bool
) -> None:
    User.objects.filter(pk=stranger.pk).update(is_staff=staff, is_superuser=staff)
    before = Conversation.objects.values().get()
    answer = getattr(signed_in(stranger), ROUTES[name][0])(
        url_of(name, started), {"on": "1", "title": "Mine"}
    )
    assert answer.status_code == 404
    assert Conversation.objects.values().get() == before
    assert Generation.objects.get().status == "queued"


@pytest.mark.parametrize("name", ROUTES)
def test_a_deactivated_owner_is_nobody(started: Started, owner: User, name: str) -> None:
    client = signed_in(owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert getattr(client, ROUTES[name][0])(url_of(name, started)).status_code in {302, 401}


@pytest.mark.parametrize("name", [name for name, (method, _) in ROUTES.items() if method == "post"])
def test_a_post_needs_the_token_of_the_page(started: Started, owner: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(url_of(name, started)).status_code == 403


def test_rename(started: Started, owner: User) -> None:
    client = signed_in(owner)
    client.post(url_of("rename", started), {"title": " Paris \x00 and\nmore "})
    assert Conversation.objects.get().title == "Paris and more"
    client.post(url_of("rename", started), {"title": " "})
    assert Conversation.objects.get().title == "Paris and more"


def body(session: ProviderSession, **changes: Any) -> dict[str, Any]:
    whole = {
        "conversation": uuid.uuid4(),
        "client_id": uuid.uuid4(),
        "text": "Capital?",
        "session": session.pk,
    }
    return {key: str(value) for key, value in {**whole, **changes}.items()}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_json"),
        (b"\xff", "bad_json"),
        (b"[]", "bad_frame"),
        (b"{}", "bad_frame"),
        (b"null", "bad_frame"),
    ],
)
def test_a_bad_body_is_refused(owner: User, raw: bytes, code: str) -> None:
    answer = signed_in(owner).post(reverse("chat:send"), raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_send_by_post_takes_what_is_too_long_for_a_frame(owner: User, session: ProviderSession) -> None:
    client, sent = signed_in(owner), body(session, text="x" * 100_000)
    first = client.post(reverse("chat:send"), sent, content_type="application/json")
    again = client.post(reverse("chat:send"), sent, content_type="application/json")
    assert (first.status_code, first.json()["created"], again.json()["created"]) == (200, True, False)
    assert first.json()["generation"] == again.json()["generation"]
    long = body(session, text="x" * 400_001)
    answer = client.post(reverse("chat:send"), long, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "prompt_too_large")
    huge = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = client.post(reverse("chat:send"), huge, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "400,000 bytes" in answer.json()["message"]


async def test_send_and_stop_by_post_reach_the_runner(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    client = AsyncClient()
    await client.aforce_login(owner)
    answer = await client.post(reverse("chat:send"), body(session), content_type="application/json")
    generation = answer.json()["generation"]
    await until(lambda: running.running() == 0)
    assert (await in_thread(Generation.objects.get)).status == "complete"
    answer = await client.post(reverse("chat:stop", args=[generation]))
    assert answer.json()["status"] == "complete"


async def test_a_server_that_goes_down_takes_no_message(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    await running.shutdown(0)
    client = AsyncClient()
    await client.aforce_login(owner)
    answer = await client.post(reverse("chat:send"), body(session), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "server_busy")
    assert await in_thread(Generation.objects.count) == 0


def finish(started: Started) -> None:
    """Store an answer with text and reasoning."""
    claimed = runs.claim(started.generation.pk, now=timezone.now())
    assert claimed is not None
    log = EventLog()
    usage = Usage(input_tokens=10, cache_read_tokens=5, output_tokens=3)
    for event in (ThinkingDelta(text="Hm"), TextDelta(text="**Paris**", index=1), UsageReported(usage=usage)):
        log.add(event)
    ended = Ended(
        status="interrupted", usage=usage, cost="0.00123", error=advice.facts("interrupted", "Cut.")
    )
    log.end(ended)
    rows = log.flush()
    parts = encode_parts((ThinkingPart(text="Hm"), TextPart(text="**Paris**")))
    runs.write_batch(
        [
            RunWrite(
                generation_id=claimed.generation_id,
                epoch=1,
                rows=rows,
                seq=rows[-1].seq,
                facts=Facts(timezone.now()),
                parts_json=parts,
                ended=ended,
            )
        ],
        now=timezone.now(),
    )


def test_signatures_without_reasoning_show_no_reasoning(started: Started) -> None:
    signed = ThinkingPart(text="", signature="c2ln")
    started.message.parts_json = encode_parts((signed, TextPart(text="Paris"), signed))
    started.message.save()
    assert thread.messages_of(started.conversation)[1].thinking == ""


def test_the_thread_shows_what_was_stored(started: Started) -> None:
    finish(started)
    asked, answer = thread.messages_of(started.conversation)
    assert (asked.role, asked.text, asked.error) == ("user", "What is the capital of France?", None)
    assert (answer.text, answer.thinking, answer.status) == ("**Paris**", "Hm", "interrupted")
    assert (answer.tokens_in, answer.tokens_out, answer.cost) == (15, 3, "0.0012")
    assert answer.error is not None
    assert answer.error.advice
    assert answer.seq == 4
    assert answer.first_token_s is not None


def test_an_unfinished_answer_shows_unknown_numbers(started: Started) -> None:
    answer = thread.messages_of(started.conversation)[1]
    assert (answer.tokens_in, answer.cost, answer.first_token_s, answer.text) == (None, None, None, "")


def test_every_kind_of_part_can_be_shown(started: Started) -> None:
    parts = (
        ToolUsePart(id="1", name="weather", input={"city": "Paris"}),
        ToolResultPart(tool_use_id="1", text="sun"),
        ProviderPart(provider="simulator", block={"type": "web search tool result"}),
        RedactedThinkingPart(data="x"),
        ImagePart(media_type="image/png", data="AA=="),
        DocumentPart(data="AA=="),
    )
    started.message.parts_json = encode_parts(parts)
    started.message.save()
    shown = thread.messages_of(started.conversation)[1].blocks
    assert [block.title for block in shown] == [
        "Asked for the tool weather",
        "Result of the tool",
        "Web search tool result",
        "Reasoning",
        "Image",
        "Document",
    ]


def test_the_list_has_the_running_ones_and_says_when_there_are_more(
    owner: User, session: ProviderSession, started: Started
) -> None:
    listed = listing.list_conversations(owner, limit=1)
    assert [(row.session_initials, row.running) for row in listed.rows] == [("PC", True)]
    assert listed.older is None
    queue(owner, session, "Another")
    assert listing.list_conversations(owner, limit=1).older is not None


def test_the_page_starts_from_facts_that_are_json(owner: User, started: Started) -> None:
    context = page.context_for(owner, started.conversation, limits=limits())
    facts = json.loads(json.dumps(context["bootstrap"]))
    assert facts["conversation"] == str(started.conversation.pk)
    assert facts["session"] == facts["sessions"][0]["id"]
    assert facts["sessions"][0]["usable"] is True


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n\n  Hello\tthere \n more", "Hello there"),
        ("", "New chat"),
        ("\x00\x01", "New chat"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("x" * 99, "x" * 59 + "…"),
    ],
)
def test_a_title_is_the_first_line_cut_between_words(text: str, title: str) -> None:
    assert title_from(text) == title


def test_pages_render(owner: User, started: Started) -> None:
    client = signed_in(owner)
    finish(started)
    assert client.get(reverse("chat:home")).status_code == 200
    shown = client.get(url_of("conversation", started))
    assert "**Paris**" in shown.content.decode()


def test_the_rail_says_until_when_a_session_is_limited(
    client: Client, owner: User, session: ProviderSession
) -> None:
    client.force_login(owner)
    health = SessionHealth.objects.get(session=session)
    health.limited_until = timezone.now() + timedelta(hours=1)
    health.save()
    home = reverse("chat:home")
    assert '<span class="health-state">Limited until <time' in client.get(home).content.decode()
    health.limited_until = timezone.now() - timedelta(seconds=1)
    health.save()
    page = client.get(home).content.decode()
    assert f'<span class="health-state">{session.state_sentence}</span>' in page
