"""No ciphertext is ever returned, shown or sent, whatever was done to the row.

Wrong keys, tampered and swapped rows, failed forms, readers beside a field that is being cleaned. The full figures
carry the mark `reliability`; the others are their fast forms.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from providers.credentials import ApiKeyCredential
from sessions_app.document import unseal
from sessions_app.errors import LoginProblem, SessionError
from sessions_app.fields import Ciphertext
from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services import keys, login, sessions, tokens
from tests.reliability.figures import record
from tests.support.keyed import key_of, make_sessions
from tests.support.simulator import RunningSimulator

SEALED = "gAAAA"  # how every Fernet token begins, in clear or inside of something else

Damage = Callable[[ProviderSession, ProviderSession, Settings], None]


@pytest.fixture
def upstream(simulator: RunningSimulator, settings: Settings) -> RunningSimulator:
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": simulator.url}}
    return simulator


@pytest.fixture
def owner(transactional_db: None, upstream: RunningSimulator) -> User:
    keys.require_fit()
    return User.objects.create_superuser("olga", password="a-long-password")


@pytest.fixture
def browser(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def connected(owner: User, upstream: RunningSimulator) -> tuple[ProviderSession, ProviderSession]:
    """Two sessions that a person logged in to."""
    first, second = (_pending(owner, name) for name in ("private", "work"))
    for session in (first, second):
        pasted = upstream.approve(login.begin_login(session, user=owner).url)
        login.finish_login(session, user=owner, pasted=pasted)
    return first, second


def _pending(owner: User, name: str) -> ProviderSession:
    return sessions.create_session(owner=owner, provider="simulator", auth_type="oauth", name=name)


def wrong_key(session: ProviderSession, other: ProviderSession, settings: Settings) -> None:
    settings.SALT_KEY = ["another-salt"]  # and not SECRET_KEY, which would sign the browser out as well


def tampered(session: ProviderSession, other: ProviderSession, settings: Settings) -> None:
    stored = session.credentials.stored
    middle = len(stored) // 2
    flipped = "A" if stored[middle] != "A" else "B"
    _store(session, Ciphertext(stored[:middle] + flipped + stored[middle + 1 :]))


def swapped(session: ProviderSession, other: ProviderSession, settings: Settings) -> None:
    _store(session, other.credentials)


def sealed_twice(session: ProviderSession, other: ProviderSession, settings: Settings) -> None:
    """What the library makes of text that it could not decrypt, when the row is saved."""
    _store(session, Ciphertext.seal(session.credentials.stored))


def _store(session: ProviderSession, sealed: Ciphertext) -> None:
    ProviderSession.objects.filter(id=session.id).update(credentials=sealed)


@pytest.mark.parametrize("damage", [wrong_key, tampered, swapped, sealed_twice])
def test_what_cannot_be_read_is_never_sent_or_shown(
    connected: tuple[ProviderSession, ProviderSession],
    upstream: RunningSimulator,
    browser: Client,
    settings: Settings,
    damage: Damage,
) -> None:
    session, other = connected
    session.refresh_from_db()
    other.refresh_from_db()
    damage(session, other, settings)
    before, asked = _credentials(), len(upstream.state.requests)
    shown = _use_every_door(session, browser)
    assert SEALED not in shown
    assert "Cannot be read" in shown
    assert "Needs login:" not in shown
    assert len(upstream.state.requests) == asked
    assert _credentials() == before
    session.refresh_from_db()
    assert session.state == "key_error"
    said = "0 ciphertext and 0 calls at every door, 0 rows changed"
    record(f"credentials: {damage.__name__.replace('_', ' ')}", said, fast=False)


def _use_every_door(session: ProviderSession, browser: Client) -> str:
    """Use, test, refresh and sweep the session, and look at it everywhere; all that was said."""
    told = [str(_refused(lambda: tokens.access_for(session.id)))]
    told.append(str(_refused(lambda: tokens.access_after_401(session.id, cred_version=1))))
    told.append(sessions.test_session(session).sentence)
    told.append(tokens.refresh_session(session.id, force=True).sentence)
    ProviderSession.objects.filter(id=session.id).update(refresh_at=session.created_at)
    tokens.refresh_due()
    pages = [
        reverse("sessions:list"),
        reverse("sessions:detail", args=[session.id]),
        reverse("sessions:models", args=[session.id]),
        reverse("chat:home"),
        reverse("admin:sessions_app_providersession_changelist"),
        reverse("admin:sessions_app_providersession_change", args=[session.id]),
    ]
    return "\n".join(told + [browser.get(page).content.decode() for page in pages])


def _refused(use: Callable[[], object]) -> SessionError:
    with pytest.raises(SessionError) as caught:
        use()
    return caught.value


def _credentials() -> dict[object, str]:
    return {row.pk: row.credentials.stored for row in ProviderSession.objects.all()}


def test_a_damaged_session_works_again_after_connecting_it_again(
    connected: tuple[ProviderSession, ProviderSession], upstream: RunningSimulator, settings: Settings
) -> None:
    session, other = connected
    swapped(session, other, settings)
    _refused(lambda: tokens.access_for(session.id))
    pasted = upstream.approve(login.begin_login(session, user=session.owner).url)
    login.finish_login(session, user=session.owner, pasted=pasted)
    assert tokens.access_for(session.id).credentials
    assert session.state == "active"


def test_a_verifier_of_another_login_is_not_sent(owner: User, upstream: RunningSimulator) -> None:
    first, second = (_pending(owner, name) for name in ("private", "work"))
    pasted = upstream.approve(login.begin_login(first, user=owner).url)
    login.begin_login(second, user=owner)
    row, other = first.pending_logins.get(), second.pending_logins.get()
    PendingLogin.objects.filter(pk=row.pk).update(verifier=other.verifier)
    with pytest.raises(LoginProblem) as caught:
        login.finish_login(first, user=owner, pasted=pasted)
    assert caught.value.reason == "unreadable"
    assert caught.value.needs_new_link
    assert upstream.state.token_calls == 0


def test_a_failed_admin_form_spoils_no_read(owner: User, browser: Client) -> None:
    (session,) = make_sessions(owner, 1)
    form = {"owner": owner.pk, "provider": "simulator", "auth_type": "api_key", "name": "", "api_key": "x y"}
    answer = browser.post(reverse("admin:sessions_app_providersession_add"), form)
    assert answer.status_code == 200
    row = ProviderSession.objects.get(id=session.id)
    row.name = ""
    with pytest.raises(ValidationError):
        row.full_clean()
    assert key_of(session) == "sk-0"
    row.name = "again"
    row.save()
    assert key_of(session) == "sk-0"
    record("credentials: read after a failed admin form", "0 ciphertext", fast=False)


@pytest.mark.early
@pytest.mark.parametrize(
    "reads", [pytest.param(300, id="fast"), pytest.param(5000, marks=pytest.mark.reliability)]
)
def test_eight_threads_read_beside_clean_and_never_get_ciphertext(owner: User, reads: int) -> None:
    made = make_sessions(owner, 8)

    def read(number: int) -> Counter[str]:
        try:
            return Counter(_read_once(made[number], cleans=turn % 3 == 0) for turn in range(reads))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = sum(pool.map(read, range(8)), Counter[str]())
    assert found == {f"sk-{number}": reads for number in range(8)}
    said = f"{sum(found.values()):,} reads, {sum(SEALED in read for read in found)} ciphertext"
    record(f"credentials: 8 threads × {reads:,} reads beside clean()", said, fast=reads < 5000)


def _read_once(session: ProviderSession, *, cleans: bool) -> str:
    if cleans:
        field = ProviderSession._meta.get_field("credentials")
        field.clean("typed", session)
        with contextlib.suppress(ValidationError):
            field.clean(None, session)
    stored = ProviderSession.objects.values_list("credentials", flat=True).get(id=session.id)
    held = unseal(session.id, stored)
    assert isinstance(held, ApiKeyCredential)
    return held.key.reveal()
