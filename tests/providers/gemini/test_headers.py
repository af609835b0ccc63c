from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers import __version__
from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens, Secret
from providers.errors import AuthenticationFailed
from providers.events import Completed
from providers.gemini.config import GeminiConfig
from providers.gemini.headers import build_headers
from providers.observe import SentRequest, observe_requests
from tests.providers.canned import Canned, ask
from tests.providers.gemini import API_KEY, CREDENTIAL, MODEL, body_of, gemini_at

TOKEN = "ya29." + "t" * 80
TOKENS = OAuthTokens(
    access_token=Secret(TOKEN), refresh_token=None, expires_at=datetime(2030, 1, 1, tzinfo=UTC)
)
COMMON = {"content-type": "application/json", "user-agent": f"maestro/{__version__}"}
AUTH = {"authorization", "x-goog-api-key", "x-api-key", "x-goog-user-project"}

pytestmark = pytest.mark.usefixtures("closed_clients")


@pytest.mark.parametrize(
    ("credentials", "auth"),
    [
        (CREDENTIAL, {"x-goog-api-key": API_KEY}),
        (TOKENS, {"authorization": f"Bearer {TOKEN}", "x-goog-user-project": "project-1"}),
    ],
    ids=["api_key", "oauth"],
)
async def test_every_request_carries_exactly_these(
    canned: Canned, credentials: Credentials, auth: dict[str, str]
) -> None:
    provider = gemini_at(canned.url, oauth_project="project-1")
    canned.answer(body_of("text"), content_type="text/event-stream")
    events = [event async for event in provider.streaming.stream_chat(credentials, ask(model=MODEL))]
    assert isinstance(events[-1], Completed)
    canned.answer({"totalTokens": 3})
    assert provider.streaming.count_tokens(credentials, ask(model=MODEL)) == 3
    canned.answer({"models": []})
    assert provider.models.list(credentials) == ()
    for request in canned.requests:
        names = [name for name, _ in request.header_list]
        assert len(names) == len(set(names)), "no header twice"
        assert {name: request.headers[name] for name in COMMON} == COMMON
        assert {name: value for name, value in request.headers.items() if name in AUTH} == auth
        assert "key=" not in request.query, "addresses end up in the logs of proxies"
    assert canned.requests[0].headers["accept"] == "text/event-stream"
    assert canned.requests[0].headers["accept-encoding"] == "identity"
    assert [(request.method, request.path, request.query) for request in canned.requests] == [
        ("POST", f"/v1beta/models/{MODEL}:streamGenerateContent", "alt=sse"),
        ("POST", f"/v1beta/models/{MODEL}:countTokens", ""),
        ("GET", "/v1beta/models", "pageSize=1000"),
    ]


def test_an_observer_sees_no_key(canned: Canned) -> None:
    canned.answer({"models": []})
    seen: list[SentRequest] = []
    with observe_requests(seen.append):
        gemini_at(canned.url).models.list(CREDENTIAL)
    assert seen[0].headers["x-goog-api-key"] == "…a1b2"


def test_only_oauth_names_a_project_and_only_if_there_is_one() -> None:
    assert "x-goog-user-project" not in build_headers(GeminiConfig(), TOKENS)
    assert "x-goog-user-project" not in build_headers(GeminiConfig(oauth_project="p"), CREDENTIAL)


@pytest.mark.parametrize("pasted", ["AIza…", "AIza a", "AIza\nb"])
def test_a_credential_that_no_header_can_hold_is_refused_without_showing_it(pasted: str) -> None:
    with pytest.raises(AuthenticationFailed, match="Copy it again") as raised:
        build_headers(GeminiConfig(), ApiKeyCredential(Secret(pasted)))
    assert pasted not in str(raised.value)


def test_the_client_secret_shows_in_no_repr() -> None:
    assert "GOCSPX" not in repr(GeminiConfig(oauth_client_secret="GOCSPX-secret"))
