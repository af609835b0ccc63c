"""The OAuth round: a link out, a pasted code back (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1).

State and verifier are independent random values; the state is stored as a hash, the verifier
encrypted until it is used. A code is sent to the provider once, whatever happens.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import NoReturn

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from providers.errors import (
    ConnectFailed,
    GrantRefused,
    NotConfigured,
    OAuthMisconfigured,
    PermissionDenied,
    ProviderError,
)
from providers.interface import OAuth, Provider
from providers.pkce import challenge_for, new_state, new_verifier
from sessions_app import crypto, document
from sessions_app.errors import AuthTypeUnavailable, LoginProblem, Undecryptable
from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services import audit, instance, keys, store
from sessions_app.services.detached import persist, run_detached
from sessions_app.services.explain import quote
from sessions_app.services.pasted import Pasted, read_pasted
from sessions_app.services.providers import get_provider, require_oauth
from sessions_app.services.revoking import revoke_quietly

logger = logging.getLogger(__name__)

VALID_FOR = timedelta(minutes=10)
MAX_ATTEMPTS = 5
_KEPT_FOR = timedelta(days=1)  # so that an old code is called used or expired, not unknown
_MAX_OPEN = 20  # per session and user: each visit of the page begins one


@dataclass(frozen=True)
class LoginStart:
    """Where to send the person, and until when the answer is accepted."""

    url: str
    expires_at: datetime


@sensitive_variables()
def begin_login(session: ProviderSession, *, user: User, now: datetime | None = None) -> LoginStart:
    """Begin a round for `user`. Earlier ones stay valid until they expire, since pages are reloaded.

    Raises `AuthTypeUnavailable` (naming the settings the operator must set), `ProviderUnavailable`, `KeysDoNotFit`,
    `SessionUnavailable` while the database is on hold.
    """
    now = now or timezone.now()
    keys.require_fit()
    oauth = _oauth_of(session)
    instance.require_free()
    state, verifier = new_state(), new_verifier()
    try:
        url = oauth.authorization_url(state=state, challenge=challenge_for(verifier))
    except NotConfigured as error:
        raise AuthTypeUnavailable(error.message) from error
    _forget_old(session, user, now)
    PendingLogin.objects.create(
        session=session,
        user=user,
        state_hash=crypto.fingerprint(state),
        verifier=document.seal_verifier(crypto.fingerprint(state), verifier),
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    return LoginStart(url, now + VALID_FOR)


@sensitive_variables()
def finish_login(
    session: ProviderSession, *, user: User, pasted: str, now: datetime | None = None
) -> ProviderSession:
    """Trade the pasted code and store the tokens.

    Raises `LoginProblem`, whose `reason` names the problem, `KeysDoNotFit`, and `SessionUnavailable`
    while the database is on hold: the code is then not sent.
    """
    now = now or timezone.now()
    keys.require_fit()
    answer = read_pasted(pasted)
    provider, oauth = get_provider(session.provider), _oauth_of(session)
    instance.require_free()
    verifier = _take(_find(session, user, answer.state, now), now)
    run_detached(lambda: _exchange(session, provider, oauth, answer, verifier))
    session.refresh_from_db()
    audit.record(audit.CONNECTED, session=session, actor=user, detail=", ".join(session.account.values()))
    return session


def _oauth_of(session: ProviderSession) -> OAuth:
    if not session.is_oauth:
        raise AuthTypeUnavailable(_("This session uses an API key. Replace the key instead of logging in."))
    return require_oauth(get_provider(session.provider))


@sensitive_variables()
def _find(session: ProviderSession, user: User, state: str, now: datetime) -> PendingLogin:
    """The login that `state` was made for, if it is this user's, this session's, open and in time."""
    state_hash = crypto.fingerprint(state)
    login = PendingLogin.objects.filter(state_hash=state_hash, user=user).select_related("session").first()
    if login is None or not compare_digest(login.state_hash, state_hash):
        _count_attempt(session, user, now)
        said = _(
            "This code does not belong to the login on this page. Open the link here and paste what it shows."
        )
        raise LoginProblem(said, reason="unknown_state")
    if login.session_id != session.id:
        said = _(
            "This code is from another login, the one of “%(name)s”. Paste it there, "
            "or open the link on this page and paste what it shows."
        )
        raise LoginProblem(said % {"name": login.session.name}, reason="other_login")
    if login.used_at is not None:
        raise _used()
    if login.attempts >= MAX_ATTEMPTS:
        raise _too_many()
    if login.expires_at <= now:
        raise _expired()
    return login


def _used() -> LoginProblem:
    said = _("This code has already been used. Open the link on this page for a new one.")
    return LoginProblem(said, reason="used")


def _too_many() -> LoginProblem:
    said = ngettext(
        "There was %(count)d wrong code, so this login is closed. Start again with a new link.",
        "There were %(count)d wrong codes, so this login is closed. Start again with a new link.",
        MAX_ATTEMPTS,
    )
    return LoginProblem(said % {"count": MAX_ATTEMPTS}, reason="too_many")


def _expired() -> LoginProblem:
    minutes = int(VALID_FOR.total_seconds() // 60)
    said = ngettext(
        "This login has expired: a code is accepted for %(minutes)d minute. Start again with a new link.",
        "This login has expired: a code is accepted for %(minutes)d minutes. Start again with a new link.",
        minutes,
    )
    return LoginProblem(said % {"minutes": minutes}, reason="expired")


def _count_attempt(session: ProviderSession, user: User, now: datetime) -> None:
    """A wrong state may be a guess, so it counts against every login it could have been meant for."""
    open_logins = PendingLogin.objects.filter(session=session, user=user, used_at=None, expires_at__gt=now)
    open_logins.update(attempts=F("attempts") + 1)


@sensitive_variables()
def _take(login: PendingLogin, now: datetime) -> str:
    """Mark the login used and wipe its verifier, in one step that only one caller can win; the verifier."""
    try:
        verifier = document.unseal_verifier(login.state_hash, login.verifier)
    except Undecryptable as error:
        said = _(
            "What was stored for this login cannot be read, so the code was not sent. "
            "Start again with a new link."
        )
        raise LoginProblem(said, reason="unreadable") from error
    taken = PendingLogin.objects.filter(id=login.pk, used_at=None, expires_at__gt=now).update(
        used_at=now, verifier=""
    )
    if not taken:
        raise _used()
    return verifier


@sensitive_variables()
def _exchange(
    session: ProviderSession, provider: Provider, oauth: OAuth, answer: Pasted, verifier: str
) -> None:
    try:
        tokens = oauth.exchange_code(code=answer.code, verifier=verifier, state=answer.state)
    except ProviderError as error:
        _explain(error, provider)
    now = timezone.now()
    if not persist(lambda: store.save_login(session.id, credentials=tokens, now=now)):
        revoke_quietly(oauth, tokens)
        raise LoginProblem(_("The session was deleted meanwhile. Add it again."), reason="session_gone")
    instance.remember()
    # Who is connected, for the owner to recognise; after the tokens are safe.
    store.merge_metadata(session.id, {"account": dict(tokens.account)})
    logger.info("session %s: connected", session.id)


def _explain(error: ProviderError, provider: Provider) -> NoReturn:
    """What a failed exchange means. The code is gone in every case, so each says to start again."""
    again = _("Start again with a new link.")
    match error:
        case GrantRefused():
            said, reason = _("%(provider)s did not accept the code: %(quote)s"), "refused"
        case OAuthMisconfigured() | NotConfigured() | PermissionDenied():
            said = _("%(provider)s does not accept this server's OAuth settings: %(quote)s")
            again = _("Tell the operator; trying again does not help until they are corrected.")
            reason = "operator"
        case ConnectFailed():
            said, reason = _("%(provider)s could not be reached, so the code was not sent."), "not_sent"
        case ProviderError(maybe_processed=True):
            said = _("%(provider)s did not give a usable answer, and a code is never sent twice.")
            reason = "lost_answer"
        case _:
            said, reason = _("%(provider)s could not finish the login: %(quote)s"), "provider"
    said %= {"provider": provider.label, "quote": quote(error)}
    raise LoginProblem(f"{said} {again}", reason=reason) from error


def _forget_old(session: ProviderSession, user: User, now: datetime) -> None:
    PendingLogin.objects.filter(expires_at__lt=now - _KEPT_FOR).delete()
    # Expired verifiers are of no use to us and of some to a thief.
    PendingLogin.objects.filter(expires_at__lt=now).exclude(verifier="").update(verifier="")
    open_logins = PendingLogin.objects.filter(session=session, user=user)
    kept = list(open_logins.values_list("id", flat=True)[: _MAX_OPEN - 1])
    open_logins.exclude(id__in=kept).delete()
