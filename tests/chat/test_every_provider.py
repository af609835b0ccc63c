"""The commands with every provider and each kind of credential: what they say does not depend on the vendor."""

from __future__ import annotations

import io
import json
from itertools import permutations
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from providers.registry import build_provider
from sessions_app.models import ProviderSession
from tests.providers.contract.wirings import WIRINGS, Wiring
from tests.support.simulator import RunningSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
VENDORS = [name for name in WIRINGS if name != "simulator"]
KEY_VARIABLE = "KEY_OF_THE_TEST"


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture(params=VENDORS)
def wiring(request: pytest.FixtureRequest, simulator: RunningSimulator, settings: Settings) -> Wiring:
    wiring = WIRINGS[request.param]
    settings.MAESTRO_PROVIDERS = {wiring.provider: wiring.settings(simulator.url)}
    return wiring


class Person(io.StringIO):
    """Somebody at the terminal: follows the link that was printed, and pastes what the last page shows."""

    def __init__(self, out: io.StringIO, simulator: RunningSimulator) -> None:
        super().__init__()
        self._out = out
        self._simulator = simulator

    def readline(self, *_: Any) -> str:
        return self._simulator.approve(self._out.getvalue().strip().splitlines()[-1]) + "\n"


@pytest.fixture(params=["api_key", "oauth"])
def added(
    request: pytest.FixtureRequest,
    wiring: Wiring,
    owner: User,
    simulator: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> ProviderSession:
    """A session that the command added and, with OAuth, logged in."""
    monkeypatch.setenv(KEY_VARIABLE, wiring.key)
    more = ["--key-env", KEY_VARIABLE] if request.param == "api_key" else []
    run("session", "add", "mine", "--provider", wiring.provider, "--auth", request.param, *more)
    if request.param == "oauth":
        out = io.StringIO()
        person = Person(out, simulator)
        call_command("session", "login", "mine", stdout=out, stderr=io.StringIO(), stdin=person)
    return ProviderSession.objects.get(owner=owner)


def test_a_session_is_tested_asked_and_checked_from_end_to_end(
    added: ProviderSession, wiring: Wiring, simulator: RunningSimulator
) -> None:
    assert added.status == "active"
    assert "simulator-large" in run("session", "models", "mine")
    events = [json.loads(line) for line in run("ask", "mine", "Capital of France?", json=True).splitlines()]
    assert "Paris" in "".join(event["text"] for event in events if event["type"] == "text_delta")
    assert events[-1]["stop_reason"]["reason"] == "end_turn"
    checked = run("e2e", session="mine")
    assert "Everything worked." in checked
    assert wiring.key not in checked


KEYS = {
    "anthropic": "sk-ant-api03-" + "k" * 30,
    "openai": "sk-proj-" + "k" * 30,
    "gemini": "AIzaSy" + "k" * 33,
}


@pytest.mark.parametrize(("chosen", "pasted"), permutations(KEYS, 2))
def test_a_key_of_another_vendor_is_recognised_and_not_sent(
    chosen: str,
    pasted: str,
    owner: User,
    simulator: RunningSimulator,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MAESTRO_PROVIDERS = {name: {} for name in KEYS} | {
        chosen: WIRINGS[chosen].settings(simulator.url)
    }
    monkeypatch.setenv(KEY_VARIABLE, KEYS[pasted])
    command = ["session", "add", "mine", "--provider", chosen, "--auth", "api_key", "--key-env", KEY_VARIABLE]
    with pytest.raises(CommandError) as refused:
        run(*command)
    label = build_provider(pasted, {}).label
    assert f"looks like a key for {label}. Choose {label}" in str(refused.value)
    assert not simulator.state.requests
