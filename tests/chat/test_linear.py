"""What an answer costs must not grow faster than its length, and nothing of it may ask the database for each delta."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.hub import Hub
from chat.log import Row
from chat.models import Conversation, Generation, GenerationEvent, Message
from chat.run import SNAPSHOT_GROWTH, Run
from chat.services import batches, runs
from chat.services.batches import Facts
from chat.services.runs import RunWrite
from chat.timing import Timing
from chat.writer import Writer
from providers.events import TextDelta
from sessions_app.models import ProviderSession

SECONDS = 3_000  # of an answer that runs for fifty minutes, four flushes a second
FLUSH_S = 0.25


async def test_snapshots_of_a_long_answer_are_linear_in_its_length() -> None:
    claimed = runs.Claimed(
        generation_id=uuid.uuid4(), conversation_id=uuid.uuid4(), user_id=1, provider="simulator", epoch=1,
        created_at=timezone.now(), session_id=None, request=None, price=None,  # type: ignore[arg-type]
    )  # fmt: skip
    run = Run(claimed, hub=Hub(), writer=Writer(flush_s=1, on_stored=list), timing=Timing())
    snapshots, clock = [], run._beat_at
    for _ in range(int(SECONDS / FLUSH_S)):
        clock += FLUSH_S
        run._take(TextDelta(text="some words of an answer "))
        write = run.due_write(clock)
        assert write is not None
        run.wrote(write)
        snapshots.append(len(write.parts_json or ""))
    final = max(snapshots)
    assert final > 100_000
    assert sum(snapshots) <= final * SNAPSHOT_GROWTH / (SNAPSHOT_GROWTH - 1) * 1.05
    assert sum(size > 0 for size in snapshots) > 10


def _running(owner: User, session: ProviderSession, count: int) -> list[uuid.UUID]:
    """So many runs that this process has claimed."""
    conversation = Conversation.objects.create(owner=owner, title="many")
    answers = [Message.objects.create(conversation=conversation, role="assistant") for _ in range(count)]
    made = [
        Generation.objects.create(message=one, session=session, user=owner, status="running", epoch=1)
        for one in answers
    ]
    return [one.pk for one in made]


def _step(generation_id: uuid.UUID) -> RunWrite:
    rows = (Row(1, "text_delta", '{"type":"text_delta","text":"é"}'), Row(2, "usage", "{}"))
    return RunWrite(generation_id=generation_id, epoch=1, rows=rows, seq=2, facts=Facts(timezone.now()))


@pytest.mark.django_db
def test_a_step_of_many_runs_takes_as_many_statements_as_one_of_two(
    owner: User, session: ProviderSession
) -> None:
    assert _statements(owner, session, 2) == _statements(owner, session, 40) <= 6


@pytest.mark.django_db
def test_more_runs_than_a_statement_takes_are_all_stored(
    owner: User, session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_AT_ONCE", 3)
    assert _statements(owner, session, 8) > 6  # which also looks at what is stored


def _statements(owner: User, session: ProviderSession, count: int) -> int:
    ids = _running(owner, session, count)
    with CaptureQueriesContext(connection) as queries:
        assert runs.write_batch([_step(one) for one in ids], now=timezone.now()) == frozenset()
    assert GenerationEvent.objects.filter(generation__in=ids).count() == 2 * count
    stored = Generation.objects.filter(pk__in=ids, first_token_at__isnull=False)
    assert list(stored.values_list("seq", flat=True)) == [2] * count
    return len(queries)


@pytest.mark.django_db
def test_a_claim_that_was_lost_is_told_and_writes_nothing(owner: User, session: ProviderSession) -> None:
    kept, taken, ended, gone = _running(owner, session, 4)
    Generation.objects.filter(pk=taken).update(epoch=2)
    Generation.objects.filter(pk=ended).update(status="interrupted")
    Generation.objects.filter(pk=gone).delete()
    lost = runs.write_batch([_step(one) for one in (kept, taken, ended, gone)], now=timezone.now())
    assert lost == {taken, ended, gone}
    assert set(GenerationEvent.objects.values_list("generation", flat=True)) == {kept}
    assert Generation.objects.get(pk=taken).seq == 0
