"""One conversation that goes through all vendors, and a server of one's own under a name of one's own."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from pytest_django import Settings

from chat.models import Message
from chat.runner import Runner
from chat.threads import in_thread
from providers.credentials import Secret
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.rows import queue
from tests.providers.contract.wirings import WIRINGS, Wiring
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str, stdin: io.StringIO | None = None, **options: object) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **({"stdin": stdin} if stdin else {}), **options)
    return out.getvalue()


async def test_one_conversation_goes_through_every_vendor(
    simulator: RunningSimulator, settings: Settings, running: Runner
) -> None:
    chosen = {wiring.provider: wiring for wiring in WIRINGS.values() if wiring.provider != "simulator"}
    settings.MAESTRO_PROVIDERS = {name: wiring.settings(simulator.url) for name, wiring in chosen.items()}
    # All of it at once: reasoning, a search with its sources, and text.
    simulator.set(thinking=1, search=1)
    owner = await in_thread(User.objects.create_user, "ada")
    conversation = None
    for name in (*chosen, next(iter(chosen))):
        session = await in_thread(_session, owner, chosen[name])
        text = "My name is Ada." if conversation is None else "What is my name?"
        ids = {} if conversation is None else {"conversation_id": conversation}
        started = await in_thread(queue, owner, session, text, **ids)
        conversation = started.conversation.pk
        running.wake(started.generation.pk)
        await until(lambda: running.running() == 0, seconds=20)
        answer = await in_thread(Message.objects.get, pk=started.message.pk)
        expected = "Nice to meet you, Ada." if text.endswith("Ada.") else "You told me that your name is Ada."
        assert (answer.text, answer.status) == (expected, "complete"), name


def _session(owner: User, wiring: Wiring) -> ProviderSession:
    name = f"{wiring.provider} {ProviderSession.objects.count()}"
    return sessions.create_session(
        owner=owner,
        provider=wiring.provider,
        auth_type="api_key",
        name=name,
        api_key=Secret(wiring.key),
        default_model=wiring.model,
    )


def test_a_server_of_ones_own_is_offered_under_its_name(
    simulator: RunningSimulator, settings: Settings
) -> None:
    wiring = WIRINGS["openai, chat completions"]
    named = {"kind": "openai", "label": "Ollama", **wiring.settings(simulator.url)}
    settings.MAESTRO_PROVIDERS = {"anthropic": {}, "openai": {}, "ollama": named}
    cache.clear()
    User.objects.create_superuser("olga", password="a-long-password")
    added = run(
        "session",
        "add",
        "mine",
        "--provider",
        "ollama",
        "--auth",
        "api_key",
        stdin=io.StringIO("sk-sim-word\n"),
    )
    assert "Added mine" in added
    assert "Ollama" in run("session", "show", "mine")
    assert "Paris" in run("ask", "mine", "What is the capital of France?")
