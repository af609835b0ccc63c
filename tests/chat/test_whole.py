"""Answers that are over: given in one piece, also when their logs are gone, and the logs go in time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from chat.log import Ended, EventLog, encode_payload, fold
from chat.models import Generation, GenerationEvent, Message
from chat.parts import encode_parts
from chat.runner import Runner
from chat.services import retention, runs, whole
from chat.services.runs import RunWrite
from chat.threads import in_thread
from providers.events import TextDelta, ThinkingDelta
from providers.messages import (
    ContentPart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from providers.shown import Source
from sessions_app.models import ProviderSession
from tests.chat.page import Page, Reader, open_page
from tests.chat.rows import queue

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3 * whole.FEW_ROWS
WEEK = timedelta(days=7)


def finished(
    owner: User,
    session: ProviderSession,
    *,
    rows: int = MANY,
    at: datetime | None = None,
    word: str = "word ",
) -> Generation:
    """An answer of so many rows, as a runner stores it."""
    now = at or timezone.now()
    claimed = runs.claim(queue(owner, session).generation.pk, now=now)
    assert claimed is not None
    log, ended = EventLog(), Ended(status="complete")
    for number in range(rows - 1):
        log.add(TextDelta(text=f"{number} {word}"))
        log.flush()
    log.end(ended)
    stored = log.flush()
    text = "".join(f"{number} {word}" for number in range(rows - 1))
    write = RunWrite(
        generation_id=claimed.generation_id, epoch=claimed.epoch, rows=stored, seq=stored[-1].seq,
        parts_json=encode_parts((TextPart(text=text),)), ended=ended,
    )  # fmt: skip
    assert runs.write_batch([write], now=now) == frozenset()
    return Generation.objects.select_related("message").get(pk=claimed.generation_id)


async def frames_until_the_end(page: Page, generation: Generation, after_seq: int) -> list[dict[str, Any]]:
    """What the page gets after the snapshot of an attach."""
    await page.attach(str(generation.pk), after_seq)
    found = list[dict[str, Any]]()
    while not found or found[-1].get("event", {}).get("type") != "ended":
        found.append(await page.receive(lambda frame: frame["type"] in {"whole", "event"}))
    return found


def text_of(pieces: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for piece in pieces for event in piece["events"])


PARTS: list[tuple[ContentPart, ...]] = [
    (),
    (
        TextPart(
            text="Paris. \N{GRINNING FACE}",
            citations=({"url": "a"}, {"url": "b"}),
            sources=(Source(url="a"), Source(url="b")),
        ),
        TextPart(text=""),
    ),
    (ThinkingPart(text="Hm.", signature="s"), RedactedThinkingPart(data="x"), TextPart(text="Paris.")),
    (
        ToolUsePart(id="1", name="search", input={"q": [1]}),
        ProviderPart(provider="anthropic", block={"type": "web_search_tool_result", "content": []}),
    ),
]


@pytest.mark.parametrize("parts", PARTS)
def test_the_events_of_a_message_fold_to_the_message(parts: tuple[ContentPart, ...]) -> None:
    assert fold(encode_payload(event) for event in whole.events_of(parts)).parts == parts


def test_a_signature_without_reasoning_opens_no_box_on_the_page() -> None:
    parts = (TextPart(text="Paris"), ThinkingPart(text="", signature="c2ln"))
    assert not [event for event in whole.events_of(parts) if isinstance(event, ThinkingDelta)]
    assert fold(encode_payload(event) for event in whole.events_of(parts)).parts == parts


async def test_a_long_answer_comes_in_few_frames_and_its_end(
    owner: User, session: ProviderSession, patient: Runner
) -> None:
    generation = await in_thread(finished, owner, session, word="w" * (5 * whole.PIECE // 2 // MANY))
    async with open_page(owner) as page:
        for after in (0, 10):
            *pieces, end = await frames_until_the_end(page, generation, after)
            assert text_of(pieces) == generation.message.text
            assert {piece["seq"] for piece in pieces} == {MANY - 1}
            assert [piece["more"] for piece in pieces] == [True, True, False]
            assert end["seq"] == MANY
        (end,) = await frames_until_the_end(page, generation, MANY)
        assert end["event"]["status"] == "complete"


async def test_a_reader_that_lacks_little_gets_the_rows(
    owner: User, session: ProviderSession, patient: Runner
) -> None:
    generation = await in_thread(finished, owner, session)
    async with open_page(owner) as page:
        lacking = await frames_until_the_end(page, generation, MANY - 4)
        assert [frame["seq"] for frame in lacking] == [MANY - 3, MANY - 2, MANY - 1, MANY]


async def test_what_is_too_large_for_one_frame_comes_in_rows(
    owner: User, session: ProviderSession, patient: Runner
) -> None:
    generation = await in_thread(finished, owner, session, word="w" * (whole.MOST_BYTES // MANY + 100))
    reader = Reader()
    async with open_page(owner) as page:
        for frame in await frames_until_the_end(page, generation, 0):
            reader.take(frame)
    assert reader.text == generation.message.text


async def test_an_answer_whose_log_is_gone_is_whole_for_every_reader(
    owner: User, session: ProviderSession, patient: Runner
) -> None:
    generation = await in_thread(finished, owner, session, rows=9)
    await in_thread(retention.prune_logs, now=timezone.now() + WEEK, kept_for=timedelta(days=1))
    async with open_page(owner) as page:
        for after in (0, 5):
            first, end = await frames_until_the_end(page, generation, after)
            assert text_of([first]) == generation.message.text
            assert (first["seq"], end["seq"]) == (8, 9)
        assert len(await frames_until_the_end(page, generation, 8)) == 1


def test_logs_go_when_their_time_is_over_and_messages_stay(owner: User, session: ProviderSession) -> None:
    now = timezone.now()
    old = finished(owner, session, rows=9, at=now - WEEK - timedelta(minutes=1))
    young = finished(owner, session, rows=9, at=now - WEEK + timedelta(minutes=1))
    runs.claim(queue(owner, session).generation.pk, now=now - 2 * WEEK)
    assert retention.prune_logs(now=now, kept_for=WEEK) == 8
    assert retention.prune_logs(now=now, kept_for=WEEK) == 0
    assert list(old.events.values_list("seq", "kind")) == [(9, "ended")]
    assert young.events.count() == 9
    assert Message.objects.get(pk=old.message_id).text == old.message.text


def test_a_log_that_says_more_than_its_message_is_kept(owner: User, session: ProviderSession) -> None:
    generation = finished(owner, session, rows=9)
    Message.objects.filter(pk=generation.message_id).update(upto_seq=5)
    assert retention.prune_logs(now=timezone.now() + WEEK, kept_for=timedelta(0)) == 0
    assert GenerationEvent.objects.count() == 9


def test_one_turn_removes_a_bounded_number_of_rows(
    owner: User, session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_ROWS_AT_ONCE", 10)
    now = timezone.now()
    for days in (3, 2, 1):
        finished(owner, session, rows=9, at=now - timedelta(days=days))
    assert [retention.prune_logs(now=now, kept_for=timedelta(0)) for _ in range(3)] == [16, 8, 0]


async def test_the_process_prunes_by_itself(
    owner: User, session: ProviderSession, settings: Settings, patient: Runner
) -> None:
    settings.MAESTRO_KEEP_LOG_DAYS = 7.0
    generation = await in_thread(finished, owner, session, rows=9, at=timezone.now() - 2 * WEEK)
    kept = await in_thread(finished, owner, session, rows=9)
    async with asyncio.timeout(5):
        while True:
            if await in_thread(generation.events.count) == 1:
                break
            await asyncio.sleep(0.01)
    assert await in_thread(kept.events.count) == 9
