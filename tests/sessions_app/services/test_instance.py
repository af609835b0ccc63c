"""Which database belongs to this data folder, and what happens where that is in doubt."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from pytest_django import Settings

from sessions_app.errors import InstanceProblem, SessionUnavailable
from sessions_app.models import Installation, ProviderSession
from sessions_app.services import copies, instance, instance_file, login, place, sessions, tokens
from sessions_app.services.instance_file import Known
from sessions_app.words import HOLD_REASONS
from tests.support.simulator import RunningSimulator

OTHER = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A data folder that has seen nothing yet."""
    settings.MAESTRO_DATA_DIR = tmp_path
    return tmp_path


def file() -> Known:
    known = instance_file.read()
    assert known is not None
    return known


def age_database() -> None:
    """What an older copy of the same database looks like."""
    Installation.objects.update(token_writes=0)


def belong_elsewhere() -> None:
    Installation.objects.update(instance_id=OTHER)


def lie_elsewhere() -> None:
    Installation.objects.update(
        place="file:1-2:/elsewhere" if place.current_place()[0] == "f" else "cluster:1:2"
    )


def lose_the_file() -> None:
    instance_file.path().unlink()


def spoil_the_file() -> None:
    instance_file.path().write_text('{"v":1,"instance_id":"half of a li')


def is_on_postgres() -> bool:
    return place.is_proof(place.current_place())


@pytest.mark.django_db
def test_a_new_database_is_bound_to_its_folder(folder: Path) -> None:
    assert not instance.watch()
    assert not instance.watch()
    assert file().instance_id == Installation.current().instance_id
    assert stat.S_IMODE((folder / "instance").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["instance"]


@pytest.mark.django_db
def test_a_configured_id_is_the_id_of_a_new_database(settings: Settings) -> None:
    settings.MAESTRO_INSTANCE_ID = OTHER
    assert not instance.watch()
    assert Installation.current().instance_id == OTHER


@pytest.mark.django_db
def test_a_host_with_an_empty_folder_joins_by_the_configured_id(settings: Settings) -> None:
    settings.MAESTRO_INSTANCE_ID = OTHER
    instance.watch()
    lose_the_file()
    assert not instance.watch()
    assert file().instance_id == OTHER


@pytest.mark.django_db
def test_an_empty_folder_joins_a_cluster_but_not_a_file() -> None:
    instance.watch()
    lose_the_file()
    assert instance.watch() is not is_on_postgres()


@pytest.mark.django_db
def test_a_clone_with_another_configured_id_is_on_hold(settings: Settings) -> None:
    instance.watch()
    settings.MAESTRO_INSTANCE_ID = OTHER
    assert instance.watch()
    assert instance.standing().hold_reason == "other_installation"
    copies.adopt()
    assert Installation.current().instance_id == OTHER
    assert not instance.watch()


def test_stored_tokens_are_counted_in_database_and_folder(oauth_session: ProviderSession) -> None:
    before = file().token_writes
    assert before == Installation.current().token_writes > 0
    assert tokens.refresh_session(oauth_session.id, force=True).ok
    assert file().token_writes == Installation.current().token_writes == before + 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (age_database, "older"),
        (belong_elsewhere, "other_installation"),
        (lie_elsewhere, "moved"),
        (spoil_the_file, "unreadable_file"),
    ],
)
def test_a_doubtful_database_holds_every_door(
    oauth_session: ProviderSession, upstream: RunningSimulator, change: Callable[[], None], reason: str
) -> None:
    change()
    calls = upstream.state.token_calls
    with pytest.raises(SessionUnavailable, match="On hold"):
        tokens.access_for(oauth_session.id)
    with pytest.raises(SessionUnavailable):
        tokens.access_after_401(oauth_session.id, cred_version=oauth_session.cred_version)
    assert "On hold" in tokens.refresh_session(oauth_session.id, force=True).sentence
    assert tokens.refresh_due().due == 0
    assert not sessions.test_session(oauth_session).ok
    assert upstream.state.token_calls == calls
    standing = instance.standing()
    assert (standing.hold_reason, standing.sessions_on_hold) == (reason, 1)
    assert HOLD_REASONS[reason] in standing.sentence
    oauth_session.refresh_from_db()
    assert oauth_session.status == "quarantined"


def test_the_only_copy_goes_back_to_work(oauth_session: ProviderSession) -> None:
    age_database()
    assert tokens.refresh_due().due == 0
    assert copies.adopt() == 1
    assert tokens.refresh_session(oauth_session.id, force=True).ok
    assert not instance.watch()


def test_after_one_confirmation_no_other_host_doubts(oauth_session: ProviderSession) -> None:
    other_host = Known(instance_id=file().instance_id, token_writes=file().token_writes + 5)
    age_database()
    instance.watch()
    copies.adopt()
    instance_file.write(other_host)
    assert not instance.watch()


def test_a_copy_beside_the_original_forgets_its_logins(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    sessions.disable_session(oauth_session)
    original = Installation.current().instance_id
    lie_elsewhere()
    calls = upstream.state.token_calls
    instance.watch()
    assert copies.separate() == 1
    assert Installation.current().instance_id not in {original, OTHER}
    oauth_session.refresh_from_db()
    sessions.enable_session(oauth_session)
    assert oauth_session.status == "needs_login"
    assert upstream.state.token_calls == calls
    start = login.begin_login(oauth_session, user=oauth_session.owner)
    login.finish_login(oauth_session, user=oauth_session.owner, pasted=upstream.approve(start.url))
    assert oauth_session.status == "active"


def test_a_session_switched_on_while_on_hold_is_held_too(oauth_session: ProviderSession) -> None:
    sessions.disable_session(oauth_session)
    age_database()
    sessions.enable_session(oauth_session)
    assert oauth_session.status == "quarantined"


def test_nobody_logs_in_or_revokes_while_on_hold(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    start = login.begin_login(oauth_session, user=oauth_session.owner)
    pasted = upstream.approve(start.url)
    instance.hold("operator")
    calls = upstream.state.token_calls
    with pytest.raises(SessionUnavailable):
        login.begin_login(oauth_session, user=oauth_session.owner)
    with pytest.raises(SessionUnavailable):
        login.finish_login(oauth_session, user=oauth_session.owner, pasted=pasted)
    assert "was not told" in sessions.revoke_session(oauth_session)
    assert upstream.state.token_calls == calls
    copies.adopt()
    login.finish_login(oauth_session, user=oauth_session.owner, pasted=pasted)  # the code was not used up
    assert oauth_session.is_usable


def test_api_keys_go_on_while_on_hold(api_session: ProviderSession) -> None:
    instance.hold("operator")
    assert sessions.test_session(api_session).ok


@pytest.mark.django_db
def test_without_a_hold_there_is_nothing_to_confirm() -> None:
    for decide in (copies.adopt, copies.separate):
        with pytest.raises(InstanceProblem, match="Nothing is on hold"):
            decide()


@pytest.mark.django_db
def test_a_folder_that_cannot_remember_refuses_the_confirmation(folder: Path, settings: Settings) -> None:
    instance.watch()
    instance.hold("operator")
    settings.MAESTRO_DATA_DIR = folder / "instance"  # a file
    if is_on_postgres():
        copies.adopt()
        return
    with pytest.raises(InstanceProblem, match="Make the data folder writable"):
        copies.adopt()
    assert instance.standing().is_held


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        ("file:1-2:/a/b", "file:1-2:/c", True),  # one file, seen from a container and from its host
        ("file:1-2:/a/b", "file:7-9:/a/b", True),  # restored in its place: the count tells, not the place
        ("file:1-2:/a/b", "file:1-3:/c", False),
        ("cluster:1:2", "cluster:1:3", False),
        ("cluster:1:2", "cluster:1:2", True),
        ("file:1-2:/a", "cluster:1:2", False),
        ("", "cluster:1:2", True),
        ("cluster:1:2", "", True),
    ],
)
def test_places_are_compared_by_what_is_evidence(stored: str, now: str, same: bool) -> None:
    assert place.is_same(stored, now) is same


def test_a_file_of_another_form_is_not_guessed_at(folder: Path) -> None:
    for text in (f'{{"v":2,"instance_id":"{uuid4()}","token_writes":1}}', "", "[]", "{}"):
        (folder / "instance").write_text(text)
        with pytest.raises(instance_file.UnreadableFile):
            instance_file.read()


def test_a_file_that_ran_ahead_while_the_row_was_read_is_no_doubt(db: None) -> None:
    """Another process stores tokens, and says so in the file, between our look at the row and at the file."""
    assert not instance.watch()
    behind = Installation.current()
    Installation.objects.update(token_writes=F("token_writes") + 1)
    ahead = Installation.current()
    instance.note(ahead.instance_id, ahead.token_writes)
    assert instance._doubt(behind) == ""
