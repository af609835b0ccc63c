"""Rotation: everything under the first key, nothing written that need not be, nothing newer overwritten."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from providers.credentials import ApiKeyCredential, Secret
from sessions_app.document import seal, unseal_verifier
from sessions_app.errors import KeysDoNotFit
from sessions_app.fields import Ciphertext
from sessions_app.models import AuditEntry, Installation, PendingLogin, ProviderSession
from sessions_app.services import audit, keys, login, rotation, vault
from tests.support.keyed import key_of, make_sessions

NEW_KEY = "a-new-secret-key-which-is-long-enough-for-everybody"


@pytest.fixture
def everything(user: User, pending_session: ProviderSession) -> list[ProviderSession]:
    """Five sessions, a login that waits, a canary, all under the keys of the tests."""
    keys.require_fit()
    login.begin_login(pending_session, user=user)
    return make_sessions(user, 5)


def use_new_key(settings: Settings, *, keep_old: bool = True) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep_old else []
    settings.SECRET_KEY = NEW_KEY


def texts() -> set[str]:
    return {
        cell.sealed.stored
        for column in vault.COLUMNS
        for cells in vault.slices(column)
        for cell in cells
    }  # fmt: skip


def test_everything_opens_with_the_first_key_alone(
    everything: list[ProviderSession], settings: Settings
) -> None:
    use_new_key(settings)
    assert rotation.rotate(batch=2) == {"sessions": 5, "logins": 1, "canary": 1}
    settings.SECRET_KEY_FALLBACKS = []
    assert {key_of(session) for session in everything} == {f"sk-{n}" for n in range(5)}
    assert keys.fit()
    waiting = PendingLogin.objects.get()
    assert unseal_verifier(waiting.state_hash, waiting.verifier)
    assert vault.survey().total(vault.CellState.CURRENT) == 7


def test_a_rotation_is_on_record(everything: list[ProviderSession], settings: Settings) -> None:
    use_new_key(settings)
    rotation.rotate()
    entry = AuditEntry.objects.get(action=audit.KEYS_ROTATED)
    assert (entry.detail, entry.session_name) == ("Rewritten: sessions 5, logins 1, canary 1.", "")
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "a-third-key-of-somebody-who-lost-the-others"
    keys.accept_present()
    assert AuditEntry.objects.filter(action=audit.KEYS_GIVEN_UP).count() == 1


def test_a_second_run_writes_nothing(everything: list[ProviderSession], settings: Settings) -> None:
    use_new_key(settings)
    rotation.rotate()
    before = texts()
    assert rotation.rotate() == {"sessions": 0, "logins": 0, "canary": 0}
    assert texts() == before


def test_a_new_salt_is_a_new_key(everything: list[ProviderSession], settings: Settings) -> None:
    settings.SALT_KEY = ["a-new-salt", *settings.SALT_KEY]
    assert rotation.rotate()["sessions"] == 5
    settings.SALT_KEY = settings.SALT_KEY[:1]
    assert key_of(everything[0]) == "sk-0"


def test_the_version_stays_because_a_refresh_under_way_names_it(
    everything: list[ProviderSession], settings: Settings
) -> None:
    use_new_key(settings)
    rotation.rotate()
    assert set(ProviderSession.objects.exclude(credentials="").values_list("cred_version", flat=True)) == {1}


def test_credentials_stored_meanwhile_are_not_overwritten(
    everything: list[ProviderSession], settings: Settings
) -> None:
    use_new_key(settings)
    (cells,) = vault.slices(vault.COLUMNS[0])
    moved = everything[2]
    newer = seal(moved.id, ApiKeyCredential(Secret("sk-newer")))
    ProviderSession.objects.filter(id=moved.id).update(credentials=newer)
    assert sum(rotation.rewrite([cell]) for cell in cells) == 4
    assert key_of(moved) == "sk-newer"


def test_what_is_stored_under_an_older_key_meanwhile_is_met_again(
    everything: list[ProviderSession], settings: Settings
) -> None:
    """Another process, which still has the older key first, refreshes in the middle of the rotation."""
    late: list[ProviderSession] = []
    sealed_late = [(session, seal(session.id, ApiKeyCredential(Secret("sk-late")))) for session in everything]
    use_new_key(settings)

    def refresh_elsewhere(label: str, rewritten: int) -> None:
        for session, sealed in sealed_late:
            row = ProviderSession.objects.filter(id=session.id)
            if not late and row.get().credentials.is_current:
                late.append(session)
                row.update(credentials=sealed)

    assert rotation.rotate(batch=1, tell=refresh_elsewhere)["sessions"] == 6
    assert key_of(late[0]) == "sk-late"
    assert vault.survey().total(vault.CellState.OLDER) == 0


def test_what_cannot_be_read_is_counted_and_left_as_it_is(
    everything: list[ProviderSession], settings: Settings
) -> None:
    damaged, swapped, *_ = everything
    ProviderSession.objects.filter(id=damaged.id).update(credentials=Ciphertext("damaged"))
    ProviderSession.objects.filter(id=swapped.id).update(credentials=everything[4].credentials)
    PendingLogin.objects.update(verifier=Ciphertext.seal("not a document"))
    before = {row.pk: row.credentials.stored for row in ProviderSession.objects.all()}
    use_new_key(settings)
    assert rotation.rotate() == {"sessions": 3, "logins": 0, "canary": 1}
    after = {row.pk: row.credentials.stored for row in ProviderSession.objects.all()}
    assert {pk for pk in before if before[pk] == after[pk] and before[pk]} == {damaged.id, swapped.id}
    found = vault.survey()
    assert {(s.name, s.reason) for s in found.unreadable} == {
        (damaged.name, "wrong_key"),
        (swapped.name, "wrong_session"),
    }
    assert found.counts["logins"]["unreadable"] == 1


def test_under_keys_that_do_not_fit_nothing_is_rotated(
    everything: list[ProviderSession], settings: Settings
) -> None:
    before = texts()
    use_new_key(settings, keep_old=False)
    with pytest.raises(KeysDoNotFit):
        rotation.rotate()
    assert texts() == before


def test_the_canary_is_rotated_last(everything: list[ProviderSession], settings: Settings) -> None:
    """So that a run that stopped half-way still tells that the older key is needed."""
    use_new_key(settings)
    heard: list[str] = []
    rotation.rotate(tell=lambda label, _: heard.append(label))
    assert heard == ["sessions", "logins", "canary"]


def test_an_empty_database_has_nothing_to_rotate(db: None, settings: Settings) -> None:
    assert rotation.rotate() == {"sessions": 0, "logins": 0, "canary": 0}
    assert Installation.current().canary.is_current
