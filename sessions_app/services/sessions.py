"""Creating, changing, testing and ending sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from providers.credentials import ApiKeyCredential, OAuthTokens, Secret
from providers.errors import AuthenticationFailed, ProviderError
from providers.interface import Provider
from sessions_app.document import unseal
from sessions_app.enums import AuthType, Status
from sessions_app.errors import (
    KeyRejected,
    NameTaken,
    ProviderProblem,
    SessionError,
    SessionUnavailable,
    Undecryptable,
)
from sessions_app.models import ProviderSession, SessionHealth
from sessions_app.services import audit, health, instance, keys, refused, store, tokens
from sessions_app.services.explain import explain, problem
from sessions_app.services.key_dates import check_key_date, store_key_date
from sessions_app.services.names import clean_key, clean_name, key_hint
from sessions_app.services.providers import get_provider, require_auth_type
from sessions_app.services.revoking import revoke_quietly

# On record in English, and said in the language of who reads.
_IT_WORKS, _IT_DOES_NOT = gettext_noop("It works."), gettext_noop("It does not work.")
_NOT_TOLD = gettext_noop("The provider was not told.")
_MODEL_LENGTH, _PROMPT_LENGTH = 200, 100_000


@dataclass(frozen=True)
class TestResult:
    """`latency_ms` is the provider's own time; `None` where it was not asked."""

    ok: bool
    sentence: str
    latency_ms: int | None = None


def create_session(
    *,
    owner: User,
    provider: str,
    auth_type: str,
    name: str,
    api_key: Secret | None = None,
    key_expires_at: date | None = None,
    default_model: str = "",
    system_prompt: str = "",
) -> ProviderSession:
    """A new session. A key is tried at the provider before anything is stored; OAuth waits for its login.

    Raises `InvalidName`, `InvalidDate`, `NameTaken`, `ProviderUnavailable`, `AuthTypeUnavailable`, `KeyRejected`,
    `ProviderProblem`, `KeysDoNotFit`.
    """
    keys.require_fit()
    name = clean_name(name)
    check_key_date(key_expires_at)
    upstream = get_provider(provider)
    require_auth_type(upstream, auth_type)
    _require_free(owner, name)
    session = ProviderSession(
        id=uuid4(),
        owner=owner,
        provider=provider,
        auth_type=auth_type,
        name=name,
        metadata=_defaults(default_model, system_prompt),
    )
    if auth_type == AuthType.API_KEY:
        credential = _tested_key(upstream, api_key or Secret(""))
        for column, value in store.new_columns(session.id, credential, now=timezone.now()).items():
            setattr(session, column, value)
        session.status, session.cred_version, session.key_expires_at = Status.ACTIVE, 1, key_expires_at
    try:
        with transaction.atomic():
            session.color = ProviderSession.objects.free_color(owner)
            session.save(force_insert=True)
            SessionHealth.objects.create(session=session)  # here, so that the end of an answer only updates
            with translation.override(None):  # the record is kept in English
                audit.record(audit.ADDED, session=session, detail=session.get_auth_type_display())
    except IntegrityError as error:
        raise _taken(name) from error
    return session


def rename_session(session: ProviderSession, name: str) -> ProviderSession:
    """Raises `InvalidName` or `NameTaken`."""
    name, before = clean_name(name), session.name
    try:
        with transaction.atomic():
            _row(session).update(name=name, updated_at=timezone.now())
            session.name = name
            audit.record(audit.RENAMED, session=session, detail=f"{before} → {name}")
    except IntegrityError as error:
        session.name = before
        raise _taken(name) from error
    return session


def update_defaults(
    session: ProviderSession, *, default_model: str = "", system_prompt: str = "", auto_titles: bool = True
) -> ProviderSession:
    """What a new conversation through this session begins with; empty means no default."""
    store.merge_metadata(session.id, {**_defaults(default_model, system_prompt), "auto_titles": auto_titles})
    audit.record(audit.DEFAULTS_CHANGED, session=session, detail=default_model)
    session.refresh_from_db()
    return session


def replace_api_key(
    session: ProviderSession, api_key: Secret, *, key_expires_at: date | None = None
) -> ProviderSession:
    """Try the new key, then store it with its date instead of the old one. Raises as `create_session`."""
    if session.auth_type != AuthType.API_KEY:
        raise KeyRejected(_("This session uses an OAuth login. Log in again instead."))
    check_key_date(key_expires_at)
    keys.require_fit()
    credential = _tested_key(get_provider(session.provider), api_key)
    store.save_login(session.id, credentials=credential, now=timezone.now())
    store_key_date(session, key_expires_at)
    audit.record(audit.KEY_REPLACED, session=session)
    session.refresh_from_db()
    return session


def test_session(session: ProviderSession) -> TestResult:
    """One cheap call with the session's credentials; never raises for what is wrong with them."""
    result = _test(session)
    health.note_test(session, ok=result.ok, sentence=result.sentence, latency_ms=result.latency_ms)
    audit.record(audit.TESTED, session=session, detail=_IT_WORKS if result.ok else _IT_DOES_NOT)
    return result


def _test(session: ProviderSession) -> TestResult:
    try:
        access = _access_to_test(session)
        started = time.monotonic()
        access = _call(access)
    except SessionUnavailable as error:
        return TestResult(False, error.sentence)
    except SessionError as error:
        return TestResult(False, error.message)
    except ProviderError as error:
        if isinstance(error, AuthenticationFailed):
            _note_refused_key(session)
        return TestResult(False, explain(error, get_provider(session.provider)))
    _note_accepted_key(session)
    latency_ms = round((time.monotonic() - started) * 1000)
    said = _("%(provider)s answered in %(latency)d ms.")
    return TestResult(True, said % {"provider": access.provider.label, "latency": latency_ms}, latency_ms)


def disable_session(session: ProviderSession) -> None:
    """Switch it off: nothing is sent or refreshed. The credentials stay."""
    _row(session).update(status=Status.DISABLED, status_reason="user", updated_at=timezone.now())
    audit.record(audit.DISABLED, session=session)
    session.refresh_from_db()


def enable_session(session: ProviderSession) -> None:
    """Switch it on again, in the state that its credentials allow."""
    if session.status == Status.DISABLED:
        status, reason = _state_of_credentials(session)
        store.set_status(session, status, reason, consecutive_failures=0, next_attempt_at=None)
        instance.watch()  # which holds it if this is a copy
        audit.record(audit.ENABLED, session=session)
    session.refresh_from_db()


def revoke_session(session: ProviderSession) -> str:
    """Forget the credentials here and, where possible, at the provider. A sentence about both."""
    held = _oauth_tokens(session)
    store.wipe(session.id, status=Status.NEEDS_LOGIN, reason="revoked")
    was_told = _revoke_upstream(session.provider, held)
    audit.record(audit.DISCONNECTED, session=session, detail="" if was_told else _NOT_TOLD)
    session.refresh_from_db()
    if was_told:
        said = _("Disconnected, and %(provider)s was told to forget the login.")
    else:
        said = _(
            "Disconnected: the credentials are deleted here. %(provider)s was not told; "
            "to end access there too, remove it in your account at the provider."
        )
    return said % {"provider": session.provider_label}


def delete_session(session: ProviderSession) -> None:
    """Delete it with its credentials and history, then tell the provider to forget them if it can be told."""
    held, provider = _oauth_tokens(session), session.provider
    with transaction.atomic():
        ProviderSession.objects.filter(id=session.id).delete()
        audit.record(audit.DELETED, session=session)
    # After the commit, so that a slow provider holds no lock and a rollback revokes nothing.
    transaction.on_commit(lambda: _revoke_upstream(provider, held) and None)


def _tested_key(provider: Provider, api_key: Secret) -> ApiKeyCredential:
    require_auth_type(provider, AuthType.API_KEY)
    assert provider.api_key is not None
    credential = clean_key(api_key, provider)
    try:
        provider.api_key.check(credential)
    except AuthenticationFailed as error:
        then = _("Check that it is complete and not revoked. Nothing was stored.")
        raise KeyRejected(f"{explain(error, provider)}{key_hint(provider, credential)} {then}") from error
    except ProviderError as error:
        found = problem(error, provider)
        said = _("%(problem)s Nothing was stored.") % {"problem": found.message}
        raise ProviderProblem(said, kind=found.kind, retryable=found.retryable) from error
    return credential


def _access_to_test(session: ProviderSession) -> tokens.Access:
    """As `access_for`, but a key that was refused before gets another chance: it may be unblocked now."""
    session.refresh_from_db()
    if session.status == Status.NEEDS_LOGIN and session.status_reason == "key_rejected":
        credentials = unseal(session.id, session.credentials)
        return tokens.Access(session.id, get_provider(session.provider), credentials, session.cred_version)
    return tokens.access_for(session.id)


def _call(access: tokens.Access) -> tokens.Access:
    try:
        _ask(access)
    except AuthenticationFailed:
        if isinstance(access.credentials, ApiKeyCredential):
            raise
        access = tokens.access_after_401(access.session_id, cred_version=access.cred_version)
        _ask(access)
    return access


def _ask(access: tokens.Access) -> None:
    if isinstance(access.credentials, ApiKeyCredential) and access.provider.api_key is not None:
        access.provider.api_key.check(access.credentials)
    else:
        access.provider.models.list(access.credentials)


def _note_refused_key(session: ProviderSession) -> None:
    if not session.is_oauth and session.status == Status.ACTIVE:
        store.set_status(session, Status.NEEDS_LOGIN, "key_rejected")


def _note_accepted_key(session: ProviderSession) -> None:
    if session.status == Status.NEEDS_LOGIN and session.status_reason == "key_rejected":
        store.set_status(session, Status.ACTIVE, "")


def _state_of_credentials(session: ProviderSession) -> tuple[Status, str]:
    if not session.credentials:
        return (Status.NEEDS_LOGIN, "revoked") if session.cred_version else (Status.PENDING, "")
    held = _oauth_tokens(session)
    if held is not None and refused.is_known(held):
        return Status.NEEDS_LOGIN, "refused_before"
    return Status.ACTIVE, ""


def _oauth_tokens(session: ProviderSession) -> OAuthTokens | None:
    try:
        held = unseal(session.id, session.credentials)
    except Undecryptable:
        return None
    return held if isinstance(held, OAuthTokens) else None


def _revoke_upstream(provider: str, held: OAuthTokens | None) -> bool:
    if instance.watch():
        return False  # the login may belong to the original, which goes on using it
    try:
        oauth = get_provider(provider).oauth
    except SessionError:
        return False
    return oauth is not None and held is not None and revoke_quietly(oauth, held)


def _defaults(default_model: str, system_prompt: str) -> dict[str, Any]:
    return {
        "default_model": default_model.strip()[:_MODEL_LENGTH],
        "system_prompt": system_prompt.strip()[:_PROMPT_LENGTH],
    }


def _require_free(owner: User, name: str) -> None:
    if ProviderSession.objects.owned_by(owner).filter(name=name).exists():
        raise _taken(name)


def _taken(name: str) -> NameTaken:
    said = _("You already have a session named “%(name)s”. Choose another name.")
    return NameTaken(said % {"name": name})


def _row(session: ProviderSession) -> QuerySet[ProviderSession]:
    return ProviderSession.objects.filter(id=session.id)
