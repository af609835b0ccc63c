"""Codes, token pairs and their families: the rules of the simulated OAuth server, without HTTP.

RFC 6749 §4.1 (codes), §6 (refresh) and RFC 9700 §4.14 (rotation; reuse revokes the family), RFC 7636
(PKCE). Tokens are signed and say themselves to which family and position they belong and when they
expire. A simulator that was restarted with the same secret therefore accepts what it gave out before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable

import msgspec

from providers.simulator.state import SimulatorState

ACCESS_PREFIX = "sk-sim-oat-"
REFRESH_PREFIX = "sk-sim-ort-"
CODE_SECONDS = 600
REFRESH_SECONDS = 30 * 24 * 3600
DEFAULT_SCOPE = "org:create_api_key user:profile user:inference"


class GrantError(Exception):
    """The token endpoint says no, with the error word of RFC 6749 §5.2.

    `reason` says more of a refused refresh token: `unknown`, `expired`, `reused` or `revoked`.
    """

    def __init__(self, error: str, description: str, *, status: int = 400, reason: str = "") -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.reason = reason


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the user was asked to allow, and what the exchange must prove again."""

    client_id: str
    redirect_uri: str
    challenge: str
    state: str
    scope: str
    nonce: str = ""  # OpenID Connect Core §3.1.2.1


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """An access and a refresh token; `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    scope: str


class _Code(msgspec.Struct, kw_only=True):
    request: AuthorizationRequest
    expires_at: float
    family_id: str = ""  # set once the code was redeemed


class _Family(msgspec.Struct, kw_only=True):
    position: int
    scope: str
    pair: Pair
    rotated_at: float
    revoked: bool = False


class _Token(msgspec.Struct, frozen=True, array_like=True):
    family_id: str
    position: int
    expires_at: float


class GrantBook:
    """All codes and families of one simulator. `clock` gives seconds since the epoch."""

    def __init__(self, *, secret: str, clock: Callable[[], float], state: SimulatorState) -> None:
        # A key of our own, so that a host may pass a secret that it also uses for other things.
        self._key = hashlib.sha256(b"simulator tokens:" + secret.encode()).digest()
        self._clock = clock
        self._state = state
        self._codes: dict[str, _Code] = {}
        self._families: dict[str, _Family] = {}

    def issue_code(self, request: AuthorizationRequest) -> str:
        """A code for what the user allowed: good once, for ten minutes."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(request=request, expires_at=self._clock() + CODE_SECONDS)
        return code

    def redeem(
        self,
        code: str,
        *,
        client_id: str,
        redirect_uri: str,
        verifier: str,
        state: str | None,
        expires_in: int,
    ) -> Pair:
        """Trade a code for the first pair of a new family; `state` is `None` on wires that do not repeat it.

        Raises `GrantError`.
        """
        known = self._codes.get(code)
        if known is None or known.expires_at <= self._clock():
            raise GrantError("invalid_grant", "Invalid 'code' in request.")
        if known.family_id:
            # RFC 6749 §4.1.2: a code used twice should also revoke what it was traded for.
            self._families[known.family_id].revoked = True
            raise GrantError("invalid_grant", "Invalid 'code' in request: it was used before.")
        asked = known.request
        if (client_id, redirect_uri) != (asked.client_id, asked.redirect_uri):
            raise GrantError("invalid_grant", "The code belongs to another client_id or redirect_uri.")
        if state is not None and not hmac.compare_digest(state.encode(), asked.state.encode()):
            raise GrantError("invalid_grant", "Invalid 'state' in request.")
        if not hmac.compare_digest(_challenge(verifier), asked.challenge):
            raise GrantError("invalid_grant", "Invalid 'code_verifier' in request.")
        known.family_id = secrets.token_urlsafe(9)
        return self._advance(known.family_id, position=1, scope=asked.scope, expires_in=expires_in)

    def request_of(self, code: str) -> AuthorizationRequest | None:
        """What the user allowed when `code` was issued."""
        known = self._codes.get(code)
        return known.request if known else None

    def refresh(self, refresh_token: str, *, expires_in: int, grace: float, rotates: bool = True) -> Pair:
        """Trade a refresh token for the next pair. A consumed one revokes the whole family, unless it was
        consumed less than `grace` seconds ago: then the same pair comes again. Where nothing `rotates`, a
        refresh token stays good and only the access token is new. Raises `GrantError`."""
        token = self._read(refresh_token, REFRESH_PREFIX)
        if token is None:
            raise _dead("unknown")
        if token.expires_at <= self._clock():
            raise _dead("expired")
        family = self._families.get(token.family_id)
        # A family that is not known here was given out before a restart; its first use tells the position.
        position = token.position if family is None else family.position
        if family is not None and family.revoked:
            raise _dead("revoked")
        if token.position == position:
            scope = DEFAULT_SCOPE if family is None else family.scope
            self._state.refreshes += 1
            following = position + 1 if rotates else position
            return self._advance(token.family_id, position=following, scope=scope, expires_in=expires_in)
        assert family is not None
        in_grace = self._clock() < family.rotated_at + grace
        if token.position == position - 1 and in_grace:
            return family.pair
        self._state.replays += 1
        self._state.families_lost += 1
        family.revoked = True
        raise _dead("reused")

    def revoke(self, token_text: str) -> None:
        """Forget the family of either token (RFC 7009: an unknown token is no error)."""
        token = self._read(token_text, ACCESS_PREFIX) or self._read(token_text, REFRESH_PREFIX)
        if token is None:
            return
        family = self._families.get(token.family_id)
        if family is None:
            self._advance(token.family_id, position=token.position, scope=DEFAULT_SCOPE, expires_in=0)
        self._families[token.family_id].revoked = True

    def accepts(self, access_token: str) -> bool:
        """Whether the API takes this access token now."""
        token = self._read(access_token, ACCESS_PREFIX)
        if token is None or token.expires_at <= self._clock():
            return False
        family = self._families.get(token.family_id)
        return family is None or not family.revoked

    def _advance(self, family_id: str, *, position: int, scope: str, expires_in: int) -> Pair:
        now = self._clock()
        pair = Pair(
            access_token=self._write(ACCESS_PREFIX, _Token(family_id, position, now + expires_in)),
            refresh_token=self._write(REFRESH_PREFIX, _Token(family_id, position, now + REFRESH_SECONDS)),
            expires_in=expires_in,
            scope=scope,
        )
        self._families[family_id] = _Family(position=position, scope=scope, pair=pair, rotated_at=now)
        return pair

    def _write(self, prefix: str, token: _Token) -> str:
        payload = _base64url(msgspec.json.encode(token))
        return f"{prefix}{payload}.{self._signature(prefix + payload)}"

    def _read(self, text: str, prefix: str) -> _Token | None:
        if not text.isascii() or not text.startswith(prefix):
            return None
        payload, _, signature = text.removeprefix(prefix).partition(".")
        if not hmac.compare_digest(signature, self._signature(prefix + payload)):
            return None
        return msgspec.json.decode(_unbase64url(payload), type=_Token)

    def _signature(self, text: str) -> str:
        return _base64url(hmac.new(self._key, text.encode(), hashlib.sha256).digest()[:18])


def _dead(reason: str) -> GrantError:
    return GrantError("invalid_grant", "Refresh token not found or invalid", reason=reason)


def _challenge(verifier: str) -> str:
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unbase64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:  # only with a leaked secret: the signature was right
        raise _dead("unknown") from error
