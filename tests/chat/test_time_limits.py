"""No limit is a total one: an answer may take as long as it likes, while something comes. Limits are scaled down here."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from chat.models import Generation
from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from tests.chat.page import Frame, Reader, open_page
from tests.support.simulator import RunningSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# Long enough that a busy machine does not pass for a silent provider.
CONNECT_S, FIRST_S, IDLE_S = 0.5, 1.0, 1.0


@pytest.fixture(autouse=True)
def _short_limits(upstream: RunningSimulator, settings: Settings) -> None:
    limits = {
        "connect_timeout_s": str(CONNECT_S),
        "first_event_timeout_s": str(FIRST_S),
        "idle_timeout_s": str(IDLE_S),
    }
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": upstream.url, **limits}}


async def ended(owner: User, session: ProviderSession, prompt: str) -> tuple[Reader, Frame, float]:
    """What a page reads, its last event, and how many seconds that took."""
    began = time.monotonic()
    async with open_page(owner) as page:
        ack = await page.ask(session, prompt)
        await page.attach(ack["generation"])
        reader = await page.read(Reader())
    assert reader.ended is not None
    return reader, reader.ended, time.monotonic() - began


async def test_an_answer_longer_than_every_limit_is_not_cut(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=25, length=75)
    _, last, seconds = await ended(owner, session, "Tell me more.")
    assert seconds > CONNECT_S + FIRST_S + IDLE_S, "it took longer than all limits together"
    assert last["status"] == "complete"


async def test_silence_with_pings_is_not_cut(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="stall", after=9, seconds=2 * IDLE_S, ping=IDLE_S / 10)
    reader, last, seconds = await ended(owner, session, "What is the capital of France?")
    assert seconds > 2 * IDLE_S
    assert (last["status"], "Paris" in reader.text) == ("complete", True)


async def test_silence_without_pings_is_cut_and_the_text_kept(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="silence", after=9, seconds=60)
    reader, last, _ = await ended(owner, session, "What is the capital of France?")
    assert (last["status"], last["error"]["kind"]) == ("interrupted", "response_timeout")
    assert reader.text
    stored: Any = await in_thread(lambda: Generation.objects.select_related("message").get())
    assert stored.message.text == reader.text
    assert upstream.state.calls["POST /v1/messages"] == 1


async def test_a_provider_that_says_nothing_at_all_is_given_up(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(delay=60)
    _, last, seconds = await ended(owner, session, "What is the capital of France?")
    assert (last["status"], last["error"]["kind"]) == ("failed", "response_timeout")
    assert seconds >= FIRST_S
    assert upstream.state.calls["POST /v1/messages"] == 1
