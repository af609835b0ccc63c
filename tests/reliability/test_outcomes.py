"""Every way in which a token call can go wrong on the wire, and what becomes of the session."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from sessions_app.models import ProviderSession
from sessions_app.services import tokens
from sessions_app.services.refresh import Pace
from tests.reliability.figures import record
from tests.reliability.world import World
from tests.support.server import Mounts

# What happens → the outcome of each send, whether the session is still active, and the sends in doubt.
FAULTS: dict[str, tuple[list[str], bool, int]] = {
    "hang_up": (["ambiguous", "ambiguous"], True, 2),
    "hang_up_after": (["ambiguous", "ambiguous"], True, 2),
    "server_error": (["server_failed", "server_failed"], True, 0),
    "overloaded": (["wait"], True, 0),
    "rate_limit": (["wait"], True, 0),
    "html": (["unexpected"], True, 0),
    "empty": (["unexpected"], True, 0),
    "no_access_token": (["unexpected"], True, 0),
    "invalid_client": (["misconfigured"], True, 0),
    "invalid_grant": (["refused", "refused"], False, 0),
}
QUICK = Pace(sleep=lambda _: None)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_is_classified_and_only_a_confirmed_refusal_ends_a_login(world: World, fault: str) -> None:
    expected, stays_active, in_doubt = FAULTS[fault]
    (session,) = world.sessions(1)
    held = world.tokens_of(session)
    world.upstream.set(token_fault=fault, grace=60)
    tokens.refresh_session(session, force=True, pace=QUICK)
    row = ProviderSession.objects.get(id=session)
    assert [attempt.outcome for attempt in row.refresh_attempts.order_by("id")] == expected
    assert (row.status == "active", row.ambiguous_sends) == (stays_active, in_doubt)
    assert (row.lease_owner, world.tokens_of(session)) == (None, held)
    assert (row.next_attempt_at is not None) == stays_active
    world.upstream.set(token_fault="")
    if stays_active:
        assert world.works(session)
    record(f"token endpoint: {fault}", _words(expected, stays_active), fast=False)


def test_a_redirect_is_not_followed(world: World, mounts: Mounts, settings: Settings) -> None:
    seen: list[str] = []

    async def redirect(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        headers = [(b"location", world.upstream.url.encode() + b"/v1/oauth/token")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    (session,) = world.sessions(1)
    with mounts.mounted(redirect) as url:
        settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": url}}
        tokens.refresh_session(session, force=True, pace=QUICK)
    row = ProviderSession.objects.get(id=session)
    assert (row.status, row.refresh_attempts.get().outcome, len(seen)) == ("active", "unexpected", 1)
    assert world.upstream.state.token_calls == 0
    record("token endpoint: redirect", _words(["unexpected"], True), fast=False)


@pytest.mark.parametrize(
    ("what", "url"),
    [
        ("connection refused", "http://127.0.0.1:9"),
        ("DNS failure", "https://no-such-host.invalid"),
        ("no secure connection", "https://127.0.0.1:{port}"),
    ],
)
def test_what_was_not_sent_costs_nothing(world: World, settings: Settings, what: str, url: str) -> None:
    (session,) = world.sessions(1)
    here = settings.MAESTRO_PROVIDERS
    port = world.upstream.url.split(":")[2].split("/")[0]
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": url.format(port=port)}}
    for _ in range(4):
        assert tokens.refresh_session(session, force=True, pace=QUICK).state == "failed"
    row = ProviderSession.objects.get(id=session)
    assert {attempt.outcome for attempt in row.refresh_attempts.all()} == {"not_sent"}
    assert (row.status, row.ambiguous_sends) == ("active", 0)
    settings.MAESTRO_PROVIDERS = here
    assert world.works(session)
    record(
        f"token endpoint: {what}", "4 tries, none counted as sent; the session works afterwards", fast=False
    )


def _words(outcomes: list[str], stays_active: bool) -> str:
    end = "stays active" if stays_active else "needs login (invalid_grant)"
    return f"{' → '.join(outcomes)}; {end}"
