"""What is asked again before any content, and what is not: every trouble of a provider, over real HTTP."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from chat.answering import Retry
from chat.runner import Runner
from chat.threads import in_thread
from providers.events import Completed, Failed
from sessions_app.models import ProviderSession
from tests.chat.page import Reader, open_page
from tests.chat.test_answering import failure_of, steps_of, text_of
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
CALLS, TOKENS = "POST /v1/messages", "POST /v1/oauth/token"
STOP_LIMIT_S = 1.0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server_error", "server_failed"),
        ("timeout", "server_failed"),
        ("overloaded", "overloaded"),
        ("conflict", "conflict"),
        ("bad_gateway", "unexpected_answer"),
        ("error", "overloaded"),
    ],
)
async def test_what_costs_nothing_is_asked_three_times(
    session: ProviderSession, upstream: RunningSimulator, fault: str, kind: str
) -> None:
    upstream.set(fault=fault, path="/messages", after=1)
    steps = await steps_of(session.pk)
    assert failure_of(steps) == kind
    assert [step.attempt for step in steps if isinstance(step, Retry)] == [2, 3]
    assert upstream.state.calls[CALLS] == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("hang_up", "connection_lost"),
        ("cut", "connection_lost"),
        ("truncate", "stream_cut_off"),
        ("silence", "response_timeout"),
        ("html", "unexpected_answer"),
        ("empty", "unexpected_answer"),
        ("redirect", "unexpected_answer"),
        ("spend_limit", "spend_limit_reached"),
        ("bad_request", "invalid_request"),
        ("billing", "billing_problem"),
        ("forbidden", "permission_denied"),
        ("too_large", "request_too_large"),
    ],
)
async def test_what_may_cost_or_cannot_help_is_asked_once(
    session: ProviderSession, upstream: RunningSimulator, settings: Settings, fault: str, kind: str
) -> None:
    settings.MAESTRO_PROVIDERS["simulator"]["idle_timeout_s"] = "1"
    upstream.set(fault=fault, path="/messages", after=1)
    steps = await steps_of(session.pk)
    assert failure_of(steps) == kind
    assert not [step for step in steps if isinstance(step, Retry)]
    assert upstream.state.calls[CALLS] == 1


async def test_a_provider_that_is_not_there_is_asked_three_times(
    session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": "http://127.0.0.1:1"}}
    steps = await steps_of(session.pk)
    assert failure_of(steps) == "connect_failed"
    assert len([step for step in steps if isinstance(step, Retry)]) == 2


async def test_the_time_that_the_provider_names_is_waited_for(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="rate_limit", path="/messages", retry_after=0.3, first=1)
    began = time.monotonic()
    steps = await steps_of(session.pk)
    assert time.monotonic() - began >= 0.3
    assert [step.delay_s for step in steps if isinstance(step, Retry)] == [0.3]
    assert isinstance(steps[-1], Completed)
    assert "Paris" in text_of(steps)


async def test_a_time_over_a_minute_is_shown_and_not_waited_for(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="rate_limit", path="/messages", retry_after=61)
    steps = await steps_of(session.pk)
    assert isinstance(steps[-1], Failed)
    assert (steps[-1].error.kind, steps[-1].error.retry_after) == ("rate_limited", 61)
    assert upstream.state.calls[CALLS] == 1


async def test_stop_works_while_the_next_try_is_waited_for(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="rate_limit", path="/messages", retry_after=50)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await page.attach(ack["generation"])
        frame = await page.receive_type("event")
        assert (frame["event"]["type"], frame["event"]["delay_s"]) == ("retrying", 50)
        began = time.monotonic()
        await page.send(type="stop", generation=ack["generation"])
        reader = await page.read(Reader(after_seq=frame["seq"]))
        assert time.monotonic() - began < STOP_LIMIT_S
    assert reader.ended is not None
    assert reader.ended["status"] == "stopped"
    assert upstream.state.calls[CALLS] == 1


async def test_stop_works_while_a_token_is_waited_for(
    owner: User, oauth_session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(token_delay=2)
    past = timezone.now() - timedelta(hours=1)
    await in_thread(ProviderSession.objects.update, expires_at=past, refresh_at=past)
    refreshes = upstream.state.calls[TOKENS]
    async with open_page(owner) as page:
        ack = await page.ask(oauth_session, model="simulator-large")
        await page.attach(ack["generation"])
        await until(lambda: upstream.state.calls[TOKENS] > refreshes)
        began = time.monotonic()
        await page.send(type="stop", generation=ack["generation"])
        reader = await page.read(Reader())
        assert time.monotonic() - began < STOP_LIMIT_S
    assert reader.ended is not None
    assert reader.ended["status"] == "stopped"
    assert upstream.state.calls[CALLS] == 0
    async with asyncio.timeout(10):  # and the token that was asked for is kept
        while True:
            await in_thread(oauth_session.refresh_from_db)
            if oauth_session.cred_version == 2:
                break
            await asyncio.sleep(0.01)
