"""What stands between a message that arrives and its provider, and between the last event and the pages."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import consumers, reading, threads
from chat.log import Ended, EventLog
from chat.models import Conversation, Generation, Message
from chat.protocol import Attach, Snapshot
from chat.runner import Runner
from chat.services import announcements, beginning, generations, runs
from chat.services.beginning import Begun
from chat.services.logins import Login, SignedOut
from chat.services.turns import Started
from chat.threads import in_thread
from providers.events import TextDelta, Usage
from sessions_app.enums import Status
from sessions_app.models import ProviderSession
from tests.chat.page import Reader, open_page
from tests.chat.rows import last_write, new_message, queue
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def begin(owner: User, session: ProviderSession, conversation_id: uuid.UUID | None = None) -> Begun:
    new = new_message(session, conversation_id=conversation_id or uuid.uuid4(), place="Firefox, 10.0.0.1")
    return beginning.send(owner, new, takes_run=True)


def end(begun: Begun) -> None:
    """Store a short answer that is over."""
    assert begun.run is not None
    claimed, _ = begun.run
    log, ended = EventLog(), Ended(status="complete", usage=Usage(input_tokens=3, output_tokens=1))
    log.add(TextDelta(text="Paris"))
    write = last_write(claimed, log, ended)
    assert runs.write_batch([write], now=timezone.now()) == frozenset()


def commits(queries: CaptureQueriesContext) -> int:
    return sum(one["sql"].startswith("COMMIT") for one in queries.captured_queries)


def test_a_message_is_stored_claimed_and_ready_to_be_asked_in_one_transaction(
    owner: User, session: ProviderSession
) -> None:
    place = connection.vendor == "postgresql"  # which is asked where it is
    first = begin(owner, session)  # what is asked once only
    end(first)
    with CaptureQueriesContext(connection) as queries:
        begun = begin(owner, session)
    assert commits(queries) == 1, "each waits for the disk"
    assert len(queries) <= 19 + place
    assert begun.run is not None
    assert begun.run[0].access is not None, "its credentials were read, too"
    end(begun)
    with CaptureQueriesContext(connection) as queries:
        begin(owner, session, begun.rows.conversation.pk)
    assert commits(queries) == 1
    assert len(queries) <= 25 + place


def test_the_end_of_an_answer_is_one_transaction_of_few_statements(
    owner: User, session: ProviderSession
) -> None:
    begun = begin(owner, session)
    with CaptureQueriesContext(connection) as queries:
        end(begun)
    assert commits(queries) == 1
    assert len(queries) <= 13


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements whose text the ORM writes meanwhile."""
    found: list[str] = []
    write = SQLCompiler.as_sql

    def noting(self: SQLCompiler, *args: object, **kwargs: object) -> object:
        found.append(self.query.model.__name__)
        return write(self, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(SQLCompiler, "as_sql", noting)
        yield found


def test_the_orm_writes_no_statement_for_an_answer_of_a_new_conversation(
    owner: User, session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing them took five to ten times as long as carrying them out."""
    for _ in range(2):  # once to write them
        with written(monkeypatch) as found:
            begun = begin(owner, session)
            end(begun)
            announcements.state_of(begun.rows.conversation.pk)
    assert found == []


def test_a_run_that_was_claimed_with_its_message_is_like_one_that_was_claimed_later(
    owner: User, session: ProviderSession
) -> None:
    at_once = begin(owner, session)
    later = queue(owner, session)
    claimed = runs.claim(later.generation.pk, now=timezone.now())
    assert at_once.run is not None
    assert claimed is not None
    mine, news = at_once.run
    assert (mine.request, mine.price, mine.provider) == (claimed.request, claimed.price, claimed.provider)
    stored = Generation.objects.order_by("created_at").values_list("status", "epoch")
    assert list(stored) == [("running", 1), ("running", 1)]
    assert mine.epoch == claimed.epoch == 1
    assert news == announcements.started(mine.generation_id), "pages are told what the database says"


def test_nobody_claims_a_run_that_began_with_its_message(owner: User, session: ProviderSession) -> None:
    begun = begin(owner, session)
    assert begun.run is not None
    assert runs.claim(begun.run[0].generation_id, now=timezone.now()) is None


def test_a_claim_that_is_given_back_can_be_taken_again_and_writes_nothing(
    owner: User, session: ProviderSession
) -> None:
    begun = begin(owner, session)
    assert begun.run is not None
    claimed, _ = begun.run
    runs.give_back(claimed.generation_id, epoch=claimed.epoch)
    again = runs.claim(claimed.generation_id, now=timezone.now())
    assert again is not None
    assert again.epoch == claimed.epoch + 1
    runs.give_back(claimed.generation_id, epoch=claimed.epoch)
    assert Generation.objects.get().status == "running", "the first claim moves nothing any more"


def test_a_message_whose_run_cannot_begin_here_is_stored_and_waits(
    owner: User, session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(generation: Generation) -> None:
        raise OSError("no file")

    monkeypatch.setattr(runs, "taken", broken)
    begun = begin(owner, session)
    assert begun.run is None
    assert isinstance(begun.rows, Started)
    assert Generation.objects.get().status == "queued"


def test_credentials_that_need_a_refresh_or_are_refused_are_not_at_hand(
    owner: User, session: ProviderSession
) -> None:
    stale = begin(owner, session)
    ProviderSession.objects.update(status=Status.NEEDS_LOGIN)
    assert isinstance(stale.rows, Started)
    assert runs.taken(stale.rows.generation).access is None, "the run reads them itself, and says why not"


def test_a_message_of_a_login_that_ended_is_not_stored(owner: User, session: ProviderSession) -> None:
    with pytest.raises(SignedOut):
        beginning.send(Login("gone", owner.pk), new_message(session), takes_run=True)
    assert not Message.objects.exists()


async def test_the_provider_is_asked_while_pages_keep_every_database_thread_busy(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    """The message, its claim, its request and its credentials come from one thread in one go."""
    free = threading.Event()
    async with open_page(owner) as page:
        await page.receive_type("ready")
        busy = [asyncio.create_task(in_thread(free.wait, 20)) for _ in range(threads._MAX_DATABASE)]
        try:
            await page.ask(session)
            await until(lambda: any(one.path.endswith("/messages") for one in upstream.state.requests))
            assert not any(one.done() for one in busy)
        finally:
            free.set()
        await asyncio.gather(*busy)
        await until(lambda: running.running() == 0)


async def test_a_page_follows_a_run_of_its_process_without_reading_its_rows(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=100, length=200)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await until(lambda: running.hub.log_of(uuid.UUID(generation)) is not None)
        await page.attach(generation)
        free = threading.Event()
        busy = [asyncio.create_task(in_thread(free.wait, 20)) for _ in range(threads._MAX_DATABASE)]
        try:
            reader = await page.read(Reader(), lambda one: one.text)
            assert not any(one.done() for one in busy)
        finally:
            free.set()
        await asyncio.gather(*busy)
        await page.send(type="stop", generation=generation)
        await page.read(reader)


async def test_a_server_that_is_told_to_stop_meanwhile_leaves_the_run_to_another(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    begun = await in_thread(begin, owner, session)
    assert begun.run is not None
    running.is_draining = True
    await running.begin(*begun.run)
    assert await in_thread(lambda: Generation.objects.get().status) == "queued"
    assert upstream.state.open_streams == 0


def test_the_first_message_of_a_conversation_counts_one_change(owner: User, session: ProviderSession) -> None:
    begun = begin(owner, session)
    assert begun.run is not None
    revision = Conversation.objects.values_list("revision", flat=True).get()
    assert begun.run[1].frame.revision == revision == 1


def test_the_same_message_again_gives_the_same_rows_and_no_claim(
    owner: User, session: ProviderSession
) -> None:
    new = new_message(session)
    first = beginning.send(owner, new, takes_run=True)
    again = beginning.send(owner, new, takes_run=True)
    assert isinstance(first.rows, Started)
    assert isinstance(again.rows, Started)
    assert again.run is None
    assert again.rows.generation == first.rows.generation
    assert generations.get(owner.pk, first.rows.generation.pk).status == "running"


async def test_that_a_session_was_used_is_noted_after_its_provider_was_asked(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    await in_thread(lambda: ProviderSession.objects.update(last_used_at=None))
    async with open_page(owner) as page:
        await page.ask(session)
        await until(lambda: running.running() == 0)
        async with asyncio.timeout(5):
            while True:
                if await in_thread(lambda: ProviderSession.objects.get().last_used_at is not None):
                    break
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("after_s", "after_seq", "looks"),
    [(0, 0, 0), (5, 0, 1), (0, 1, 1)],
    ids=["at once", "later", "a page that has some of it"],
)
async def test_who_sends_follows_the_answer_without_another_look_at_the_database(
    owner: User,
    session: ProviderSession,
    running: Runner,
    upstream: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    after_s: float,
    after_seq: int,
    looks: int,
) -> None:
    """Once, and only as long as the login that the message came with was read just now."""
    looked, found, now = [], reading.snapshot, time.monotonic

    def snapshot(user: User, frame: Attach) -> Snapshot:
        looked.append(frame.generation)
        return found(user, frame)

    monkeypatch.setattr(reading, "snapshot", snapshot)
    upstream.set(pace=20)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await until(lambda: running.hub.log_of(uuid.UUID(ack["generation"])))
        monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: now() + after_s))
        told = await page.attach(ack["generation"], after_seq)
        assert (told["message"], told["conversation"]) == (ack["message"], ack["conversation"])
        assert told["status"] == "running"
        assert len(looked) == looks
        reader = await page.read(Reader(told["seq"]))
        assert "Paris" in reader.text
        await page.attach(ack["generation"])
        assert len(looked) == looks + 1


async def test_an_answer_of_somebody_else_is_never_followed(
    owner: User, stranger: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page, open_page(stranger) as other:
        ack = await page.ask(session)
        assert (await other.do("attach", generation=ack["generation"], after_seq=0))["type"] == "error"


async def test_no_frame_waits_for_the_thread_that_django_shares(owner: User, running: Runner) -> None:
    """Channels would go there and back before each, to close connections."""
    free = threading.Event()
    async with open_page(owner) as page:
        await page.receive_type("ready")
        busy = asyncio.create_task(sync_to_async(free.wait)(20))
        try:
            await page.send(type="ping", ref="1")
            assert (await page.receive_type("pong"))["ref"] == "1"
            assert not busy.done()
        finally:
            free.set()
        await busy
