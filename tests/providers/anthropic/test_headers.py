from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers import __version__
from providers.anthropic.config import AnthropicConfig
from providers.anthropic.headers import build_headers, merge_betas
from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens, Secret
from providers.errors import AuthenticationFailed
from providers.events import Completed
from tests.providers.canned import API_KEY, CREDENTIAL, Canned, anthropic_at, ask

TOKEN = "sk-ant-oat01-" + "t" * 80
TOKENS = OAuthTokens(
    access_token=Secret(TOKEN), refresh_token=None, expires_at=datetime(2030, 1, 1, tzinfo=UTC)
)
COMMON = {
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
    "user-agent": f"maestro/{__version__}",
}
AUTH = {"authorization", "x-api-key", "anthropic-beta"}

pytestmark = pytest.mark.usefixtures("closed_clients")


@pytest.mark.parametrize(
    ("credentials", "auth"),
    [
        (CREDENTIAL, {"x-api-key": API_KEY}),
        (TOKENS, {"authorization": f"Bearer {TOKEN}", "anthropic-beta": "oauth-2025-04-20"}),
    ],
    ids=["api_key", "oauth"],
)
async def test_every_request_carries_exactly_these(
    canned: Canned, credentials: Credentials, auth: dict[str, str]
) -> None:
    provider = anthropic_at(canned.url)
    canned.stream("text")
    events = [event async for event in provider.streaming.stream_chat(credentials, ask())]
    assert isinstance(events[-1], Completed)
    canned.answer({"input_tokens": 3})
    provider.streaming.count_tokens(credentials, ask())
    canned.answer({"data": []})
    provider.models.list(credentials)
    for request in canned.requests:
        names = [name for name, _ in request.header_list]
        assert len(names) == len(set(names)), "no header twice"
        assert {name: request.headers[name] for name in COMMON} == COMMON
        assert {name: value for name, value in request.headers.items() if name in AUTH} == auth
        assert "origin" not in request.headers
    assert canned.requests[0].headers["accept"] == "text/event-stream"
    assert canned.requests[0].headers["accept-encoding"] == "identity"


def test_betas_are_merged_without_repetition() -> None:
    config = AnthropicConfig(beta="files-1, oauth-2025-04-20 ,,extra-2")
    headers = build_headers(config, TOKENS, betas=["extra-2", "own-3"])
    assert headers["anthropic-beta"] == "oauth-2025-04-20,files-1,extra-2,own-3"
    assert build_headers(config, CREDENTIAL)["anthropic-beta"] == "files-1,oauth-2025-04-20,extra-2"
    assert merge_betas(["", " "]) == ""


def test_the_version_is_a_setting() -> None:
    assert (
        build_headers(AnthropicConfig(version="2026-10-21"), CREDENTIAL)["anthropic-version"] == "2026-10-21"
    )


@pytest.mark.parametrize("pasted", ["sk-ant-…", "sk-ant-a\nb", "sk ant", "sk-ant-\x00", "clé"])
def test_a_credential_that_no_header_can_hold_is_refused_without_showing_it(pasted: str) -> None:
    with pytest.raises(AuthenticationFailed, match="Copy it again") as raised:
        build_headers(AnthropicConfig(), ApiKeyCredential(Secret(pasted)))
    assert pasted not in str(raised.value)
