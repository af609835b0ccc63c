"""What is kept of an answer when it ends: what it used, what it cost, and how the session fared."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.utils import timezone

from chat.log import Ended, ErrorFacts, EventLog
from chat.models import Generation
from chat.runner import Runner
from chat.services import accounts, generations, runs
from chat.services.runs import RunWrite
from chat.threads import in_thread
from providers.events import MessageStarted, StopReason, Usage
from providers.limits import Limit
from sessions_app.models import ProviderSession, SessionHealth, UsageRecord
from sessions_app.services import sessions
from tests.chat.rows import last_write, queue
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db
NOW = timezone.now()
USAGE = Usage(input_tokens=1000, output_tokens=200, cache_write_tokens=30, cache_read_tokens=4)


def end(owner: User, session: ProviderSession, ended: Ended, limits: tuple[Limit, ...] = ()) -> RunWrite:
    """Run a queued answer to this end."""
    claimed = runs.claim(queue(owner, session).generation.pk, now=NOW)
    assert claimed is not None
    write = last_write(claimed, EventLog(), ended, limits)
    assert runs.write_batch([write], now=NOW) == frozenset()
    return write


def complete(usage: Usage = USAGE) -> Ended:
    return Ended(status="complete", stop_reason=StopReason(reason="end_turn"), usage=usage)


def failed(kind: str, retry_after: float | None = None) -> Ended:
    facts = ErrorFacts(kind=kind, message="Number of request tokens exceeded.", retry_after=retry_after)
    return Ended(status="failed", error=facts)


def health(session: ProviderSession) -> SessionHealth:
    return SessionHealth.objects.get(session=session)


def test_the_four_counters_are_kept_as_they_were_reported(owner: User, session: ProviderSession) -> None:
    write = end(owner, session, complete())
    found = UsageRecord.objects.get()
    assert (found.input_tokens, found.output_tokens) == (1000, 200)
    assert (found.cache_write_tokens, found.cache_read_tokens) == (30, 4)
    assert (found.run_id, found.session_id, found.session_name) == (
        write.generation_id,
        session.pk,
        "personal_claude",
    )
    assert (found.owner, found.model, found.is_partial) == (owner, "simulator-large", False)


def test_an_unknown_price_and_unknown_counters_stay_unknown(owner: User, session: ProviderSession) -> None:
    end(owner, session, complete(Usage()))
    found = UsageRecord.objects.get()
    assert (found.cost, found.price_as_of, found.input_tokens) == (None, None, None)


def test_a_refusal_costs_nothing_and_a_cut_answer_costs_at_least_what_was_said(
    owner: User, session: ProviderSession
) -> None:
    end(owner, session, failed("overloaded"))
    assert not UsageRecord.objects.exists()
    end(owner, session, Ended(status="stopped", usage=USAGE))
    end(owner, session, Ended(status="interrupted"))
    assert list(UsageRecord.objects.values_list("input_tokens", "is_partial")) == [(1000, True), (None, True)]


def test_searches_have_no_known_price_so_the_cost_is_a_lower_bound(
    owner: User, session: ProviderSession
) -> None:
    end(owner, session, complete(Usage(input_tokens=1, output_tokens=1, web_search_requests=2)))
    assert UsageRecord.objects.get().is_partial


def test_numbers_that_cannot_be_are_not_believed(owner: User, session: ProviderSession) -> None:
    end(owner, session, complete(Usage(input_tokens=10**30, output_tokens=1)))
    assert UsageRecord.objects.get().input_tokens is None


def test_what_was_used_outlives_conversation_and_session(owner: User, session: ProviderSession) -> None:
    end(owner, session, complete())
    Generation.objects.get().message.conversation.delete()
    sessions.delete_session(session)
    assert UsageRecord.objects.get().session_name == "personal_claude"


def test_an_answer_that_was_never_sent_leaves_nothing(owner: User, session: ProviderSession) -> None:
    generations.stop(owner.pk, queue(owner, session).generation.pk)
    assert not UsageRecord.objects.exists()


def test_the_answer_of_a_dead_process_counts_with_what_it_had(owner: User, session: ProviderSession) -> None:
    claimed = runs.claim(queue(owner, session).generation.pk, now=NOW)
    assert claimed is not None
    log = EventLog()
    log.add(MessageStarted(message_id="m", model="simulator-large", usage=Usage(input_tokens=7)))
    rows = log.flush()
    runs.write_batch(
        [RunWrite(generation_id=claimed.generation_id, epoch=claimed.epoch, rows=rows, seq=1)], now=NOW
    )
    runs.end_dead_runs(now=NOW + timedelta(seconds=61))
    found = UsageRecord.objects.get()
    assert (found.input_tokens, found.is_partial) == (7, True)


def test_success_error_and_limits_are_kept(owner: User, session: ProviderSession) -> None:
    end(owner, session, complete(), (Limit(name="requests", left=0.5),))
    found = health(session)
    assert (found.succeeded_at, found.failed_at) == (NOW, None)
    assert '"left":0.5' in found.limits_json
    end(owner, session, failed("server_failed"))
    assert (health(session).failed_at, health(session).limited_until) == (NOW, None)
    assert health(session).error == "Number of request tokens exceeded."
    assert '"left":0.5' in health(session).limits_json, "an answer without limits says nothing about them"


def test_a_sentence_with_characters_that_no_column_holds_costs_no_answer(
    owner: User, session: ProviderSession
) -> None:
    odd = "Overloaded\0\ud800\n" + "x" * 500
    end(owner, session, Ended(status="failed", error=ErrorFacts(kind="overloaded", message="Overloaded\0")))
    assert health(session).error == "Overloaded "
    accounts.health.note_test(session, ok=False, sentence=odd, latency_ms=None)
    assert health(session).test_sentence.startswith("Overloaded   xxx")
    assert len(health(session).test_sentence) == 300


def test_a_limit_lasts_as_long_as_the_provider_says(owner: User, session: ProviderSession) -> None:
    end(owner, session, failed("rate_limited", retry_after=90))
    assert health(session).limited_until == NOW + timedelta(seconds=90)
    SessionHealth.objects.update(failed_at=NOW - timedelta(hours=1))
    end(owner, session, complete())
    assert health(session).limited_until is None, "a later answer came through"
    end(owner, session, failed("rate_limited", retry_after=1e18))
    assert health(session).limited_until == NOW + timedelta(days=31)


def test_an_answer_that_began_before_the_limit_says_nothing_about_it(
    owner: User, session: ProviderSession
) -> None:
    SessionHealth.objects.update(failed_at=NOW + timedelta(hours=1), limited_until=NOW + timedelta(hours=2))
    end(owner, session, complete())
    assert health(session).limited_until == NOW + timedelta(hours=2)


@pytest.mark.django_db(transaction=True)
async def test_a_real_answer_leaves_its_counters_and_the_limits_of_its_headers(
    owner: User, session: ProviderSession, upstream: RunningSimulator, running: Runner
) -> None:
    generation = (await in_thread(queue, owner, session)).generation
    running.wake(generation.pk)
    await until(lambda: running.running() == 0)
    found = await in_thread(UsageRecord.objects.get)
    assert found.input_tokens
    assert found.output_tokens
    limits = (await in_thread(health, session)).limits_json
    assert '"name":"requests"' in limits
    assert '"remaining":999' in limits


def test_past_answers_are_copied_once(owner: User, session: ProviderSession) -> None:
    end(owner, session, complete())
    end(owner, session, failed("overloaded"))
    end(owner, session, Ended(status="stopped"))
    Generation.objects.filter(status="complete").update(cost=Decimal("0.0042"))
    before = list(UsageRecord.objects.values("run_id", "input_tokens", "is_partial", "session_name", "model"))
    UsageRecord.objects.all().delete()
    migration = import_module("chat.migrations.0003_usage_of_runs")
    for _ in range(2):
        migration.copy_usage(apps, None)
    after = list(UsageRecord.objects.values("run_id", "input_tokens", "is_partial", "session_name", "model"))
    assert sorted(after, key=str) == sorted(before, key=str)
    assert UsageRecord.objects.get(is_partial=False).cost == Decimal("0.0042")


def test_an_end_that_is_written_twice_is_paid_once(owner: User, session: ProviderSession) -> None:
    write = end(owner, session, complete())
    assert write.ended is not None
    accounts.note_ended({write.generation_id: write.ended}, limits={}, now=NOW)
    assert UsageRecord.objects.count() == 1
