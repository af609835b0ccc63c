"""The OAuth round: each problem has its own sentence, and a code is used once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import OAuthTokens
from sessions_app.document import unseal, unseal_verifier
from sessions_app.errors import AuthTypeUnavailable, LoginProblem
from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services import login, sessions
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)  # token calls have their own connection


def begin(session: ProviderSession) -> str:
    return login.begin_login(session, user=session.owner).url


def finish(session: ProviderSession, pasted: str) -> ProviderSession:
    return login.finish_login(session, user=session.owner, pasted=pasted)


def refused(session: ProviderSession, pasted: str, **kwargs: object) -> LoginProblem:
    with pytest.raises(LoginProblem) as caught:
        login.finish_login(session, **({"user": session.owner, "pasted": pasted} | kwargs))
    return caught.value


def test_the_link_has_a_challenge_and_an_independent_state(pending_session: ProviderSession) -> None:
    query = {key: values[0] for key, values in parse_qs(urlsplit(begin(pending_session)).query).items()}
    row = PendingLogin.objects.get()
    verifier = unseal_verifier(row.state_hash, row.verifier)
    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"] not in (verifier, query["state"])
    assert len(query["state"]) >= 43
    assert query["state"] != verifier
    assert query["state"] not in (row.state_hash, row.verifier.stored)
    assert verifier not in row.verifier.stored
    assert row.expires_at - row.created_at == timedelta(minutes=10)


def test_a_pasted_code_connects_the_session(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    done = finish(pending_session, f"  {upstream.approve(begin(pending_session))}\n")
    assert done.status == "active"
    assert done.cred_version == 1
    assert done.account == {"email": "person@simulator.test", "organization": "Simulated Organization"}
    assert done.refresh_at < done.expires_at
    assert len(done.rt_fingerprint) == 64
    assert isinstance(unseal(done.id, done.credentials), OAuthTokens)
    row = PendingLogin.objects.get()
    assert row.used_at is not None
    assert row.verifier.stored == ""


def test_the_callback_address_works_too(pending_session: ProviderSession, upstream: RunningSimulator) -> None:
    code, state = upstream.approve(begin(pending_session)).split("#")
    assert finish(pending_session, f"{upstream.redirect_uri}?code={code}&state={state}").status == "active"


def test_a_reload_of_the_page_does_not_spoil_the_code(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    pasted = upstream.approve(begin(pending_session))
    begin(pending_session)
    assert finish(pending_session, pasted).status == "active"


def test_a_code_is_used_once(pending_session: ProviderSession, upstream: RunningSimulator) -> None:
    pasted = upstream.approve(begin(pending_session))
    finish(pending_session, pasted)
    calls = upstream.state.token_calls
    problem = refused(pending_session, pasted)
    assert problem.reason == "used"
    assert problem.needs_new_link
    assert upstream.state.token_calls == calls
    pending_session.refresh_from_db()
    assert pending_session.status == "active"


def test_of_two_who_paste_at_once_one_wins(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    pasted = upstream.approve(begin(pending_session))
    calls = upstream.state.token_calls

    def paste(_: int) -> str:
        try:
            return finish(ProviderSession.objects.get(), pasted).status
        except LoginProblem as problem:
            return problem.reason
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(paste, range(4))) == ["active", "used", "used", "used"]
    assert upstream.state.token_calls == calls + 1


def test_an_expired_login(pending_session: ProviderSession, upstream: RunningSimulator) -> None:
    pasted = upstream.approve(begin(pending_session))
    problem = refused(pending_session, pasted, now=timezone.now() + timedelta(minutes=10, seconds=1))
    assert problem.reason == "expired"
    assert "10 minutes" in problem.message


def test_a_state_that_nobody_made(pending_session: ProviderSession, upstream: RunningSimulator) -> None:
    code, _ = upstream.approve(begin(pending_session)).split("#")
    assert refused(pending_session, f"{code}#{'x' * 43}").reason == "unknown_state"


def test_after_five_wrong_codes_the_login_is_closed(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    pasted = upstream.approve(begin(pending_session))
    for _ in range(5):
        refused(pending_session, "code#wrong")
    assert refused(pending_session, pasted).reason == "too_many"
    assert finish(pending_session, upstream.approve(begin(pending_session))).status == "active"


def test_a_code_from_another_session_is_named(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    other = sessions.create_session(
        owner=pending_session.owner, provider="simulator", auth_type="oauth", name="other one"
    )
    pasted = upstream.approve(begin(other))
    problem = refused(pending_session, pasted)
    assert problem.reason == "other_login"
    assert "other one" in problem.message
    assert finish(other, pasted).status == "active"


def test_a_code_from_another_user_is_as_unknown_as_any(
    pending_session: ProviderSession, other_user: User, upstream: RunningSimulator
) -> None:
    pasted = upstream.approve(begin(pending_session))
    assert refused(pending_session, pasted, user=other_user).reason == "unknown_state"


@pytest.mark.parametrize(
    ("fault", "reason", "says"),
    [
        ("invalid_grant", "refused", "did not accept the code"),
        ("invalid_client", "operator", "Tell the operator"),
        ("hang_up", "lost_answer", "never sent twice"),
        ("html", "lost_answer", "never sent twice"),
        ("server_error", "lost_answer", "never sent twice"),
        ("overloaded", "provider", "could not finish"),
    ],
)
def test_a_failed_exchange_says_what_to_do(
    pending_session: ProviderSession, upstream: RunningSimulator, fault: str, reason: str, says: str
) -> None:
    pasted = upstream.approve(begin(pending_session))
    upstream.set(token_fault=fault)
    calls = upstream.state.token_calls
    problem = refused(pending_session, pasted)
    assert problem.reason == reason
    assert says in problem.message
    assert refused(pending_session, pasted).reason == "used"
    assert upstream.state.token_calls == calls + 1


def test_a_provider_that_is_down(
    pending_session: ProviderSession, upstream: RunningSimulator, settings: Settings
) -> None:
    pasted = upstream.approve(begin(pending_session))
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": "http://127.0.0.1:9"}}
    assert refused(pending_session, pasted).reason == "not_sent"


def test_a_session_deleted_during_the_exchange(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    pasted = upstream.approve(begin(pending_session))
    upstream.set(token_delay=0.3)

    def paste() -> str:
        try:
            return refused(ProviderSession.objects.get(), pasted).reason
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        reason = pool.submit(paste)
        wait_until(lambda: upstream.state.calls["POST /v1/oauth/token"])
        pending_session.delete()
        assert reason.result() == "session_gone"
    assert upstream.state.calls["POST /v1/oauth/revoke"] == 1


def test_a_key_session_has_no_login(api_session: ProviderSession) -> None:
    with pytest.raises(AuthTypeUnavailable, match="Replace the key"):
        begin(api_session)


def test_a_login_that_is_not_set_up(pending_session: ProviderSession, settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}}
    pending_session.provider = "anthropic"
    with pytest.raises(AuthTypeUnavailable, match="MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID"):
        begin(pending_session)


def test_old_logins_are_wiped_and_forgotten(pending_session: ProviderSession) -> None:
    user, now = pending_session.owner, timezone.now()
    login.begin_login(pending_session, user=user, now=now - timedelta(days=2))
    login.begin_login(pending_session, user=user, now=now - timedelta(hours=1))
    for _ in range(25):
        login.begin_login(pending_session, user=user, now=now)
    rows = list(PendingLogin.objects.all())
    assert len(rows) == 20
    assert all(row.created_at == now and row.verifier for row in rows)
