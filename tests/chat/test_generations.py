"""Starting, stopping and ending runs in the database."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from chat.log import Ended, EventLog
from chat.models import Conversation, Generation, Message
from chat.services import admission, errors, generations, runs
from chat.services.runs import Claimed, RunWrite
from providers.events import TextDelta
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.rows import new_message, queue

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def refused(owner: User, session: ProviderSession, text: str = "Hi", **changes: object) -> errors.ChatError:
    with pytest.raises(errors.ChatError) as caught:
        queue(owner, session, text, **changes)
    return caught.value


def test_a_message_makes_four_rows_and_remembers_who_pays(owner: User, session: ProviderSession) -> None:
    started = queue(owner, session, "  First line \nsecond")
    assert started.conversation.title == "First line"
    assert started.message.parent == started.user_message
    assert (started.message.session_name, started.message.session_initials) == ("personal_claude", "PC")
    assert (started.generation.status, started.generation.model) == ("queued", "simulator-large")


def test_the_same_client_id_gives_the_same_rows(owner: User, session: ProviderSession) -> None:
    ids = {"conversation_id": uuid.uuid4(), "client_id": uuid.uuid4()}
    first, second = queue(owner, session, **ids), queue(owner, session, "something else", **ids)
    assert (first.created, second.created) == (True, False)
    assert second.generation == first.generation
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_many_threads_is_one_run(owner: User, session: ProviderSession) -> None:
    new = new_message(session)

    def send(_: int) -> uuid.UUID:
        try:
            return generations.start(owner, new).generation.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    assert Generation.objects.count() == 1


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL locks rows: make test-postgres"
)
@pytest.mark.django_db(transaction=True)
def test_who_sends_does_not_hold_up_rows_that_name_the_user(owner: User) -> None:
    def store() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        try:
            Conversation.objects.create(owner=owner, title="as the writer stores what was used")
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        admission.lock_out_other_tabs(owner)
        other.submit(store).result()


def test_a_prompt_is_limited_in_bytes(owner: User, session: ProviderSession, settings: Settings) -> None:
    settings.MAESTRO_MAX_PROMPT_BYTES = 10
    queue(owner, session, "é" * 5)
    error = refused(owner, session, "é" * 5 + "!")
    assert (error.code, "10" in error.message) == ("prompt_too_large", True)
    assert refused(owner, session, " \n").code == "prompt_empty"


def test_running_answers_are_limited(owner: User, session: ProviderSession, settings: Settings) -> None:
    settings.MAESTRO_MAX_RUNNING_PER_USER = 2
    first = queue(owner, session)
    queue(owner, session)
    assert refused(owner, session).code == "limit_running"
    generations.stop(owner.pk, first.generation.pk)
    queue(owner, session)


def test_four_answers_may_be_written_at_a_time_and_no_fifth(owner: User, session: ProviderSession) -> None:
    admission.check_limits(owner, NOW, answers=4)
    queue(owner, session)
    admission.check_limits(owner, NOW, answers=3)
    with pytest.raises(errors.TooManyRunning) as caught:
        admission.check_limits(owner, NOW, answers=4)
    assert "4 answers may be written for you at a time, and 1 are now" in caught.value.message


def test_several_answers_count_as_several_sends(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_SENDS_PER_MINUTE = 3
    settings.MAESTRO_MAX_RUNNING_PER_USER = 99
    for seconds in (0, 10):
        generations.start(owner, new_message(session), now=NOW + timedelta(seconds=seconds))
    with pytest.raises(errors.TooManySends) as caught:
        admission.check_limits(owner, NOW + timedelta(seconds=20), answers=2)
    assert caught.value.retry_at == NOW + timedelta(seconds=60)
    with pytest.raises(errors.TooManySends):
        admission.check_limits(owner, NOW + timedelta(hours=1), answers=4)


def test_sends_in_a_minute_are_limited_and_say_until_when(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_SENDS_PER_MINUTE = 2
    settings.MAESTRO_MAX_RUNNING_PER_USER = 99
    for seconds in (0, 20):
        generations.start(owner, new_message(session), now=NOW + timedelta(seconds=seconds))
    with pytest.raises(errors.TooManySends) as caught:
        generations.start(owner, new_message(session), now=NOW + timedelta(seconds=30))
    assert caught.value.retry_at == NOW + timedelta(seconds=60)
    generations.start(owner, new_message(session), now=NOW + timedelta(seconds=61))


def test_a_foreign_conversation_or_session_is_not_there(
    owner: User, stranger: User, session: ProviderSession
) -> None:
    started = queue(owner, session)
    assert refused(stranger, session).code == "session_unavailable"
    assert refused(stranger, session, conversation_id=started.conversation.pk).code == "not_found"
    with pytest.raises(errors.NotThere):
        generations.stop(stranger.pk, started.generation.pk)


def test_a_session_that_cannot_answer_says_why(owner: User, session: ProviderSession) -> None:
    sessions.disable_session(session)
    error = refused(owner, session)
    assert error.code == "session_unavailable"
    assert session.name in error.message
    assert ".." not in error.message


@pytest.mark.parametrize("model", ["x" * 201, "two words", "line\nbreak"])
def test_what_cannot_be_a_model_is_refused(owner: User, session: ProviderSession, model: str) -> None:
    with pytest.raises(errors.ModelUnknown):
        generations.start(
            owner,
            generations.NewMessage(
                conversation_id=uuid.uuid4(),
                client_id=uuid.uuid4(),
                text="Hi",
                session_id=session.pk,
                model=model,
            ),
        )


def test_a_queued_run_stops_at_once_and_its_claim_finds_nothing(
    owner: User, session: ProviderSession
) -> None:
    started = queue(owner, session)
    assert generations.stop(owner.pk, started.generation.pk).status == "stopped"
    assert generations.stop(owner.pk, started.generation.pk).status == "stopped"
    assert runs.claim(started.generation.pk, now=NOW) is None
    assert [row.kind for row in runs.rows_after(started.generation.pk, 0)] == ["ended"]


def claimed(owner: User, session: ProviderSession) -> Claimed:
    found = runs.claim(queue(owner, session).generation.pk, now=NOW)
    assert found is not None
    return found


def test_a_run_is_claimed_once(owner: User, session: ProviderSession) -> None:
    run = claimed(owner, session)
    assert run.epoch == 1
    assert run.request.messages[-1].parts[0].text == "What is the capital of France?"
    assert runs.claim(run.generation_id, now=NOW) is None


def test_stop_of_a_running_run_is_a_wish(owner: User, session: ProviderSession) -> None:
    run = claimed(owner, session)
    generations.stop(owner.pk, run.generation_id)
    seen = runs.watch([run.generation_id, uuid.uuid4()])
    assert list(seen) == [run.generation_id]
    assert seen[run.generation_id].stop_requested


def write_of(run: Claimed, *, epoch: int | None = None, ended: Ended | None = None) -> RunWrite:
    log = EventLog()
    log.add(TextDelta(text="Par"))
    if ended is not None:
        log.end(ended)
    rows = log.flush()
    return RunWrite(
        generation_id=run.generation_id,
        epoch=run.epoch if epoch is None else epoch,
        rows=rows,
        seq=rows[-1].seq,
        parts_json='[{"type":"text","text":"Par"}]',
        ended=ended,
    )


def test_a_write_with_an_old_epoch_writes_nothing(owner: User, session: ProviderSession) -> None:
    run = claimed(owner, session)
    write = write_of(run, epoch=run.epoch - 1, ended=Ended(status="complete"))
    assert runs.write_batch([write], now=NOW) == {run.generation_id}
    assert runs.rows_after(run.generation_id, 0) == ()
    assert Generation.objects.get().status == "running"
    assert Message.objects.get(role="assistant").text == ""


def test_the_end_is_written_once(owner: User, session: ProviderSession) -> None:
    run = claimed(owner, session)
    write = write_of(run, ended=Ended(status="complete", cost="0.0012"))
    assert runs.write_batch([write], now=NOW) == frozenset()
    assert runs.write_batch([write], now=NOW) == {run.generation_id}
    found = Generation.objects.select_related("message").get()
    assert (found.status, found.seq, f"{found.cost:.4f}") == ("complete", 2, "0.0012")
    assert (found.message.status, found.message.text, found.message.upto_seq) == ("complete", "Par", 2)


def test_a_dead_run_is_interrupted_with_the_text_it_had(owner: User, session: ProviderSession) -> None:
    run = claimed(owner, session)
    runs.write_batch([write_of(run)], now=NOW)
    assert runs.end_dead_runs(now=NOW + timedelta(seconds=59)) == []
    assert runs.end_dead_runs(now=NOW + timedelta(seconds=61)) == [run.generation_id]
    found = Generation.objects.select_related("message").get()
    assert (found.status, found.message.status, found.message.text) == ("interrupted", "interrupted", "Par")
    assert [row.kind for row in runs.rows_after(run.generation_id, 0)] == ["text_delta", "ended"]
    late = write_of(run, ended=Ended(status="complete"))
    assert runs.write_batch([late], now=NOW) == {run.generation_id}, "its process lives after all"


def test_a_run_that_nobody_claims_waits_and_then_ends(owner: User, session: ProviderSession) -> None:
    generation = queue(owner, session).generation
    soon, late = generation.created_at + timedelta(seconds=10), generation.created_at + timedelta(minutes=6)
    assert runs.waiting(now=soon, longer_than=timedelta(seconds=5)) == [generation.pk]
    assert runs.waiting(now=soon, longer_than=timedelta(seconds=15)) == []
    assert runs.end_dead_runs(now=soon) == []
    assert runs.end_dead_runs(now=late) == [generation.pk]
    assert "not_started" in Generation.objects.get().error_json


def test_a_run_is_ended_from_outside_by_one(owner: User, session: ProviderSession) -> None:
    generation = queue(owner, session).generation
    stale = Generation.objects.get()
    assert runs.end_from_outside(generation, "stopped", None, now=NOW)
    assert not runs.end_from_outside(stale, "stopped", None, now=NOW)
    assert Conversation.objects.count() == 1
