from __future__ import annotations

import httpx
import pytest

from tests.providers.simulator.client import HEADERS, get, log_in, oauth_headers
from tests.support.simulator import API_KEY, RunningSimulator

VERSION = {"anthropic-version": "2023-06-01"}


def ask(simulator: RunningSimulator, headers: dict[str, str]) -> httpx.Response:
    return get(f"{simulator.url}/v1/models", headers=headers)


@pytest.mark.parametrize(
    "headers",
    [{"x-api-key": API_KEY}, {"authorization": f"Bearer {API_KEY}"}, {"authorization": f"bearer {API_KEY}"}],
)
def test_key_works_in_either_header(simulator: RunningSimulator, headers: dict[str, str]) -> None:
    assert ask(simulator, {**VERSION, **headers}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        (VERSION, 401, "x-api-key header is required"),
        ({**VERSION, "authorization": "Basic abc"}, 401, "x-api-key header is required"),
        ({**VERSION, "x-api-key": "wrong"}, 401, "invalid x-api-key"),
        ({**VERSION, "x-api-key": "sk-sim-revoked-1"}, 401, "revoked"),
        ({**VERSION, "x-api-key": "sk-sim-oat-1"}, 401, "invalid x-api-key"),
        ({**VERSION, "authorization": "Bearer wrong"}, 401, "invalid bearer token"),
        ({**HEADERS, "origin": "https://example.test"}, 401, "CORS"),
        ({"x-api-key": API_KEY}, 400, "anthropic-version: header is required"),
        ({"x-api-key": API_KEY, "anthropic-version": "2020-01-01"}, 400, "not a valid version"),
    ],
)
def test_wrong_headers_are_refused(
    simulator: RunningSimulator, headers: dict[str, str], status: int, sentence: str
) -> None:
    answer = ask(simulator, headers)
    error = answer.json()
    assert answer.status_code == status
    assert sentence in error["error"]["message"]
    assert error["request_id"] == answer.headers["request-id"]
    assert error["error"]["type"] == ("authentication_error" if status == 401 else "invalid_request_error")


def test_access_token_needs_the_oauth_beta(simulator: RunningSimulator) -> None:
    headers = oauth_headers(log_in(simulator)["access_token"])
    assert ask(simulator, headers).status_code == 200
    assert ask(simulator, {**headers, "anthropic-beta": "other-2025-01-01"}).status_code == 401


def test_forged_access_token_is_refused(simulator: RunningSimulator) -> None:
    token = log_in(simulator)["access_token"]
    assert ask(simulator, oauth_headers(token[:-1] + ("A" if token[-1] != "A" else "B"))).status_code == 401
