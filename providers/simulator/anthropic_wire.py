"""Anthropic's wire, the first and the one at the root: its paths, its OAuth manners, its errors."""

from __future__ import annotations

import msgspec

from providers.messages import JsonObject
from providers.simulator.api import ApiDoors
from providers.simulator.failures import error_body
from providers.simulator.grants import AuthorizationRequest, Pair
from providers.simulator.oauth import OAuthDialect, OAuthDoors, json_fields, rfc_refusal
from providers.simulator.wires import Core, Wire


def make_wire(core: Core) -> Wire:
    """Its paths: /v1/messages, /v1/messages/count_tokens, /v1/models[/ID], /v1/oauth/…, /oauth/…"""
    api = ApiDoors(core)
    oauth = OAuthDoors(
        core,
        OAuthDialect(read=json_fields, answer=_token_answer, refuse=rfc_refusal, needs_state=True),
    )
    return Wire(
        prefix="",
        routes={
            "/v1/messages": {"POST": api.create_message},
            "/v1/messages/count_tokens": {"POST": api.count_tokens},
            "/v1/models": {"GET": api.list_models},
            "/v1/models/": {"GET": api.show_model},
            "/v1/oauth/token": {"POST": oauth.token},
            "/v1/oauth/revoke": {"POST": oauth.revoke},
            **oauth.pages,
        },
        refuse=lambda failure, request_id: (failure.status, error_body(failure, request_id)),
    )


def _token_answer(pair: Pair, request: AuthorizationRequest | None) -> JsonObject:
    return {
        "token_type": "Bearer",
        **msgspec.structs.asdict(pair),
        "account": {"uuid": "00000000-0000-4000-8000-000000000001", "email_address": "person@simulator.test"},
        "organization": {"uuid": "00000000-0000-4000-8000-000000000002", "name": "Simulated Organization"},
    }
