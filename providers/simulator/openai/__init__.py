"""OpenAI's wire, below /openai: Responses, Chat Completions, models, and OAuth with form bodies.

Paths: /v1/responses, /v1/responses/input_tokens, /v1/chat/completions, /v1/models[/ID], /oauth/token,
/oauth/revoke, and the pages of `oauth`. Keys begin with `sk-sim-` or `sk-proj-sim-`; an `OpenAI-Organization`
other than one that begins with `org-sim` is refused.
"""

from __future__ import annotations

from providers.simulator.oauth import OAuthDoors
from providers.simulator.openai.doors import OpenAIDoors
from providers.simulator.openai.failures import refuse
from providers.simulator.openai.oauth import DIALECT
from providers.simulator.wires import Core, Wire


def make_wire(core: Core) -> Wire:
    """The wire, ready to mount."""
    api = OpenAIDoors(core)
    oauth = OAuthDoors(core, DIALECT)
    return Wire(
        prefix="/openai",
        routes={
            "/v1/responses": {"POST": api.create_response},
            "/v1/responses/input_tokens": {"POST": api.count_tokens},
            "/v1/chat/completions": {"POST": api.create_completion},
            "/v1/models": {"GET": api.list_models},
            "/v1/models/": {"GET": api.show_model},
            "/oauth/token": {"POST": oauth.token},
            "/oauth/revoke": {"POST": oauth.revoke},
            **oauth.pages,
        },
        refuse=refuse,
        request_id_header="x-request-id",
    )
