"""A plain client for the simulator's tests: it knows the wire, and nothing of our provider."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from tests.support.plain import get
from tests.support.plain import post as send
from tests.support.simulator import API_KEY, CLIENT_ID, RunningSimulator

HEADERS = {"x-api-key": API_KEY, "anthropic-version": "2023-06-01"}
VERIFIER = "a-verifier-that-is-long-enough-for-the-specification"
STATE = "a-state-that-nobody-can-guess"


def body_for(prompt: str | list[Any], **more: Any) -> dict[str, Any]:
    """A request body with one user message."""
    messages = [{"role": "user", "content": prompt}]
    return {"model": "simulator-large", "max_tokens": 4096, "messages": messages, **more}


def post(
    simulator: RunningSimulator, prompt: str | list[Any], headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    """POST /v1/messages and read the whole answer."""
    url = f"{simulator.url}/v1/messages"
    return send(url, headers={**HEADERS, **(headers or {})}, json=body_for(prompt, **more), timeout=10)


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The `data` objects of a stream; each must be named by its `event` line."""
    events = []
    for text in answer.text.strip().split("\n\n"):
        name, data = text.split("\n")
        event = msgspec.json.decode(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def streamed_text(events: list[dict[str, Any]]) -> str:
    """All text deltas, joined."""
    deltas = (event["delta"] for event in events if event["type"] == "content_block_delta")
    return "".join(delta["text"] for delta in deltas if delta["type"] == "text_delta")


def authorization_url(simulator: RunningSimulator, **changes: str) -> str:
    """A correct link, or one with `changes`."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "code": "true",
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": simulator.redirect_uri,
        "scope": "user:profile user:inference",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "state": STATE,
        **changes,
    }
    return f"{simulator.url}/oauth/authorize?{urlencode(query)}"


def exchange(simulator: RunningSimulator, code: str, **changes: str) -> httpx.Response:
    """Trade a code, correctly or with `changes`."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "state": STATE,
        "client_id": CLIENT_ID,
        "redirect_uri": simulator.redirect_uri,
        "code_verifier": VERIFIER,
        **changes,
    }
    return send(f"{simulator.url}/v1/oauth/token", json=fields)


def refresh(simulator: RunningSimulator, refresh_token: str, **changes: str) -> httpx.Response:
    """Trade a refresh token."""
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": CLIENT_ID,
        **changes,
    }
    return send(f"{simulator.url}/v1/oauth/token", json=fields)


def log_in(simulator: RunningSimulator) -> dict[str, Any]:
    """The token answer after a whole login."""
    code = simulator.approve(authorization_url(simulator)).partition("#")[0]
    answer = exchange(simulator, code)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def oauth_headers(access_token: str) -> dict[str, str]:
    """What a request with an access token must carry."""
    return {
        "authorization": f"Bearer {access_token}",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "something-else-2025-01-01, oauth-2025-04-20",
    }


def api_status(simulator: RunningSimulator, access_token: str) -> int:
    """How the API answers to an access token."""
    return get(f"{simulator.url}/v1/models", headers=oauth_headers(access_token)).status_code
