"""Google's Gemini wire, below /gemini: its paths, its OAuth manners, its errors.

Its keys begin with `AIzaSim`, or with `sk-sim-` as everywhere in the simulator. The switch `stop` takes every finish
reason of Google's (`/simulate stop MALFORMED_FUNCTION_CALL`), and `blocked_prompt`.
"""

from __future__ import annotations

import msgspec

from providers.messages import JsonObject
from providers.simulator.gemini.api import GeminiDoors
from providers.simulator.gemini.failures import refuse
from providers.simulator.grants import AuthorizationRequest, Pair
from providers.simulator.oauth import OAuthDialect, OAuthDoors, form_fields, identity_token, rfc_refusal
from providers.simulator.wires import Core, Wire

PREFIX = "/gemini"
VERSIONS = ("v1beta", "v1")  # Google's own client asks for the second since its version 3
SCOPE = "openid email https://www.googleapis.com/auth/generative-language.retriever"
EMAIL = "person@simulator.test"


def make_wire(core: Core) -> Wire:
    """Its paths: /v1beta/models[/ID[:METHOD]], /token, /revoke, /oauth/…"""
    api = GeminiDoors(core)
    oauth = OAuthDoors(
        core,
        OAuthDialect(
            read=form_fields,
            answer=_token_answer,
            refuse=rfc_refusal,
            default_scope=SCOPE,
            rotates=False,
        ),
    )
    return Wire(
        prefix=PREFIX,
        routes={
            **{f"/{version}/models": {"GET": api.list_models} for version in VERSIONS},
            **{f"/{version}/models/": {"GET": api.show_model, "POST": api.run_model} for version in VERSIONS},
            "/token": {"POST": oauth.token},
            "/revoke": {"POST": oauth.revoke},
            **oauth.pages,
        },
        refuse=refuse,
        request_id_header="x-request-id",
    )


def _token_answer(pair: Pair, request: AuthorizationRequest | None) -> JsonObject:
    """Google gives a refresh token with the first answer only."""
    answer = {"token_type": "Bearer", **msgspec.structs.asdict(pair)}
    if request is None:
        del answer["refresh_token"]
    if request is not None and "openid" in request.scope.split():
        answer["id_token"] = _id_token(request.client_id)
    return answer


def _id_token(client_id: str) -> str:
    """Who is connected."""
    claims = {"iss": "https://accounts.simulator.test", "aud": client_id, "sub": "1", "email": EMAIL}
    return identity_token(claims)
