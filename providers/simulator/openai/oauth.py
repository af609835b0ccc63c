"""OpenAI's manners at the token endpoint: form bodies, an identity token, its own words for dead refresh tokens."""

from __future__ import annotations

import msgspec

from providers.messages import JsonObject
from providers.simulator.grants import AuthorizationRequest, GrantError, Pair
from providers.simulator.oauth import OAuthDialect, form_fields, identity_token, rfc_refusal

SCOPE = "openid profile email offline_access"
_REASONS = {
    "unknown": "refresh_token_invalidated",
    "revoked": "refresh_token_invalidated",
    "expired": "refresh_token_expired",
    "reused": "refresh_token_reused",
}


def _answer(pair: Pair, request: AuthorizationRequest | None) -> JsonObject:
    answer = {"token_type": "Bearer", **msgspec.structs.asdict(pair)}
    return answer | ({"id_token": _identity(request)} if request else {})


def _identity(request: AuthorizationRequest) -> str:
    claims = {"email": "person@simulator.test", "name": "Simulated Person", "aud": request.client_id}
    return identity_token(claims | ({"nonce": request.nonce} if request.nonce else {}))


def _refuse(problem: GrantError) -> tuple[int, JsonObject]:
    if problem.reason not in _REASONS:
        return rfc_refusal(problem)
    error = {
        "message": problem.description,
        "type": "invalid_request_error",
        "param": None,
        "code": _REASONS[problem.reason],
    }
    return 401, {"error": error}


DIALECT = OAuthDialect(read=form_fields, answer=_answer, refuse=_refuse, default_scope=SCOPE)
