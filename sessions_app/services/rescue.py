"""Stores the answer to a refresh whatever the database does: now, later, or after a restart.

An answer that cannot be committed lies in the journal (`sessions_app.journal`) while its owner keeps
trying. Every sweep, and every refresh before it sends anything, stores what lies there by the same
compare-and-swap, so a token that was traded already is not sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from django.conf import settings
from django.db import Error as DatabaseTrouble

from providers.credentials import OAuthTokens
from sessions_app import document
from sessions_app.errors import AuthTypeUnavailable, ProviderUnavailable, Undecryptable
from sessions_app.faults import fault
from sessions_app.fields import Ciphertext
from sessions_app.journal import Entry, Journal
from sessions_app.models import ProviderSession
from sessions_app.services import store
from sessions_app.services.detached import persist
from sessions_app.services.providers import get_provider, require_oauth
from sessions_app.services.revoking import revoke_quietly

logger = logging.getLogger(__name__)

# Where even the journal cannot be written, memory is all there is.
LAST_RESORT_S = 600.0

Fate = Literal["stored", "superseded", "kept"]


@dataclass(frozen=True)
class Answer:
    """The tokens that replace those of `version`. `attempt`: the history row of the send."""

    provider: str
    session_id: UUID
    version: int
    attempt: int
    received_at: datetime
    tokens: OAuthTokens


def journal() -> Journal:
    """The journal of this installation's data folder."""
    return Journal(settings.MAESTRO_DATA_DIR)


def keep(answer: Answer, *, sleep: Callable[[float], None]) -> Fate:
    """Store `answer`. "kept": the database stays away, and the journal has it for later.

    Raises the database's error only if the journal could not be written either, after minutes.
    """
    written: Entry | None = None

    def write() -> bool:
        nonlocal written
        try:
            return _save(answer)
        except DatabaseTrouble:
            written = written or _write_down(answer)
            raise

    try:
        stored = persist(write, sleep=sleep)
    except DatabaseTrouble:
        if written is not None:
            return "kept"
        stored = persist(write, sleep=sleep, patience_s=LAST_RESORT_S)
    if not stored:
        _drop(answer)
    if written is not None:
        _forget({written.id}, set())
    return "stored" if stored else "superseded"


def replay() -> None:
    """Store every answer in the journal, and remove the lines that are settled. Safe anywhere, any time."""
    book = journal()
    if book.is_empty():
        return
    try:
        entries, broken = book.read()
    except OSError as error:
        logger.error("The rescue journal %s cannot be read (%s).", book.path, error.strerror)
        return
    if broken:
        logger.error("%s lines of the rescue journal are no answers; they lie in %s now.", broken, book.aside)
    fates = {entry.id: _settle(entry) for entry in entries}
    settled = {id_ for id_, fate in fates.items() if fate == "settled"}
    foreign = {id_ for id_, fate in fates.items() if fate == "foreign"}
    if settled or foreign:
        _forget(settled, foreign)


def _save(answer: Answer) -> bool:
    fault("refresh.before_save")
    return store.save_refreshed(
        answer.session_id,
        version=answer.version,
        tokens=answer.tokens,
        now=answer.received_at,
        attempt=answer.attempt,
    )


def _write_down(answer: Answer) -> Entry | None:
    """A line in the journal, unless the disk is away too; then the next try writes it."""
    entry = Entry(
        id=uuid4(),
        provider=answer.provider,
        session_id=answer.session_id,
        version_before=answer.version,
        attempt=answer.attempt,
        received_at=answer.received_at,
        sealed=document.seal(answer.session_id, answer.tokens, issued_at=answer.received_at).stored,
    )
    try:
        journal().append(entry)
    except OSError as error:
        logger.critical(
            "session %s: neither the database nor the rescue journal takes the new tokens (%s). Make the data "
            "folder writable, and do not stop this process before.", answer.session_id, error.strerror,
        )  # fmt: skip
        return None
    logger.error("session %s: the database takes no writes; the answer is in the journal", answer.session_id)
    return entry


def _settle(entry: Entry) -> Literal["settled", "foreign", "wait"]:
    session = ProviderSession.objects.filter(id=entry.session_id).first()
    answer, why_not = _open(entry)
    if session is None or session.cred_version > entry.version_before:
        if answer is not None:
            _drop(answer)
        return "settled"
    if answer is None:
        # Where the session itself cannot be read either, it is the server's key that is wrong, not the line.
        return "wait" if why_not == "wrong_key" and not _is_readable(session) else "foreign"
    if session.cred_version < entry.version_before:
        return "foreign"  # an older database was put back: this answer is not the next step from there
    if _save(answer):
        logger.info("session %s: refresh stored from the rescue journal", entry.session_id)
        return "settled"
    return "wait"  # it moved on this moment; the next replay sees how


def _open(entry: Entry) -> tuple[Answer | None, str]:
    """The answer, or why it cannot be read."""
    try:
        tokens = document.unseal(entry.session_id, Ciphertext(entry.sealed))
    except Undecryptable as error:
        return None, error.reason
    if not isinstance(tokens, OAuthTokens):
        return None, "malformed"
    answer = Answer(
        entry.provider, entry.session_id, entry.version_before, entry.attempt, entry.received_at, tokens
    )
    return answer, ""


def _is_readable(session: ProviderSession) -> bool:
    try:
        document.unseal(session.id, session.credentials)
    except Undecryptable:
        return False
    return True


def _drop(answer: Answer) -> None:
    """The answer came too late: the row has newer credentials, or is gone."""
    may_revoke = store.note_superseded(
        answer.session_id, version=answer.version, attempt=answer.attempt, now=answer.received_at
    )
    if not may_revoke:
        return
    try:
        revoke_quietly(require_oauth(get_provider(answer.provider)), answer.tokens)
    except (ProviderUnavailable, AuthTypeUnavailable):
        logger.info("session %s: a dropped token was not revoked", answer.session_id)


def _forget(settled: set[UUID], foreign: set[UUID]) -> None:
    book = journal()
    try:
        book.remove(settled, foreign=foreign)
    except OSError as error:
        # Harmless: a line that is settled changes nothing when it is replayed.
        logger.warning("The rescue journal %s cannot be changed (%s).", book.path, error.strerror)
    if foreign:
        logger.error("Answers in the rescue journal belong to another database or key; they lie in %s now.",
                     book.aside)  # fmt: skip
