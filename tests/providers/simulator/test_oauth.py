from __future__ import annotations

import html
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from providers.simulator.app import create_app
from providers.simulator.switches import Script
from tests.providers.simulator.client import (
    STATE,
    VERIFIER,
    api_status,
    authorization_url,
    exchange,
    get,
    log_in,
    refresh,
    send,
)
from tests.support.server import Mounts
from tests.support.simulator import CLIENT_ID, RunningSimulator
from tests.support.waiting import wait_until


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def code_from(simulator: RunningSimulator) -> str:
    return simulator.approve(authorization_url(simulator)).partition("#")[0]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_authorize_page_asks_in_plain_html(simulator: RunningSimulator) -> None:
    page = get(authorization_url(simulator))
    assert page.status_code == 200
    assert CLIENT_ID in page.text
    assert '<button type="submit">Allow</button>' in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert get(f"{simulator.url}/oauth/page.css").headers["content-type"].startswith("text/css")


def test_code_page_shows_code_and_state(simulator: RunningSimulator) -> None:
    code, _, state = simulator.approve(authorization_url(simulator)).partition("#")
    assert len(code) > 20
    assert state == STATE


def test_values_from_the_link_are_escaped(simulator: RunningSimulator) -> None:
    evil = "<script>alert(1)</script>-long-enough"
    page = get(authorization_url(simulator, state=evil, scope=evil))
    assert "<script" not in page.text
    assert html.escape(evil) in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody-else"},
        {"response_type": "token"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://example.test/elsewhere"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"state": "short"},
    ],
)
def test_wrong_link_is_explained_and_cannot_be_allowed(
    simulator: RunningSimulator, changes: dict[str, str]
) -> None:
    url = authorization_url(simulator, **changes)
    assert "This link does not work" in get(url).text
    assert send(url, data=dict(parse_qsl(urlsplit(url).query))).status_code == 400


def test_exchange_gives_tokens_that_work(simulator: RunningSimulator) -> None:
    tokens = log_in(simulator)
    assert tokens["access_token"].startswith("sk-sim-oat-")
    assert tokens["refresh_token"].startswith("sk-sim-ort-")
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 28_800)
    assert tokens["scope"] == "user:profile user:inference"
    assert "@" in tokens["account"]["email_address"]
    assert tokens["organization"]["name"]
    assert api_status(simulator, tokens["access_token"]) == 200


def test_code_works_once_and_its_reuse_ends_the_login(simulator: RunningSimulator) -> None:
    code = code_from(simulator)
    tokens = exchange(simulator, code).json()
    assert problem(exchange(simulator, code)) == (400, "invalid_grant")
    assert api_status(simulator, tokens["access_token"]) == 401


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code_verifier": "wrong-verifier"}, (400, "invalid_grant")),
        ({"state": "another-state-than-before"}, (400, "invalid_grant")),
        ({"redirect_uri": "https://example.test/oauth/code/callback"}, (400, "invalid_grant")),
        ({"code": "made-up"}, (400, "invalid_grant")),
        ({"client_id": "somebody-else"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"state": ""}, (400, "invalid_request")),
    ],
)
def test_wrong_exchange_is_refused_and_leaves_the_code_usable(
    simulator: RunningSimulator, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    code = code_from(simulator)
    assert problem(exchange(simulator, **{"code": code, **changes})) == expected
    assert exchange(simulator, code).status_code == 200


def test_token_endpoint_takes_json_only(simulator: RunningSimulator) -> None:
    url = f"{simulator.url}/v1/oauth/token"
    form = send(url, data={"grant_type": "refresh_token"})
    broken = send(url, content=b"{", headers={"content-type": "application/json"})
    assert problem(form) == problem(broken) == (400, "invalid_request")
    assert simulator.state.token_calls == 2


def test_refresh_rotates_both_tokens(simulator: RunningSimulator) -> None:
    first = log_in(simulator)
    second = refresh(simulator, first["refresh_token"]).json()
    third = refresh(simulator, second["refresh_token"]).json()
    assert len({pair["refresh_token"] for pair in (first, second, third)}) == 3
    assert api_status(simulator, third["access_token"]) == 200
    assert (simulator.state.refreshes, simulator.state.replays) == (2, 0)


def test_consumed_refresh_token_ends_the_whole_family(simulator: RunningSimulator) -> None:
    first = log_in(simulator)
    second = refresh(simulator, first["refresh_token"]).json()
    assert problem(refresh(simulator, first["refresh_token"])) == (400, "invalid_grant")
    assert problem(refresh(simulator, second["refresh_token"])) == (400, "invalid_grant")
    assert api_status(simulator, second["access_token"]) == 401
    assert (simulator.state.replays, simulator.state.families_lost) == (1, 1)


def test_grace_window_gives_the_same_pair_again(mounts: Mounts) -> None:
    clock = Clock()
    app = create_app(Script(grace=30), clock=clock)
    with mounts.mounted(app) as url:
        simulator = RunningSimulator(app, url)
        first = log_in(simulator)["refresh_token"]
        second = refresh(simulator, first).json()
        assert refresh(simulator, first).json() == second
        clock.now += 31
        assert problem(refresh(simulator, first)) == (400, "invalid_grant")
        assert app.state.families_lost == 1


def test_tokens_and_codes_expire(mounts: Mounts) -> None:
    clock = Clock()
    app = create_app(Script(expires_in=60), clock=clock)
    with mounts.mounted(app) as url:
        simulator = RunningSimulator(app, url)
        tokens, code = log_in(simulator), code_from(simulator)
        clock.now += 59
        assert api_status(simulator, tokens["access_token"]) == 200
        clock.now += 1
        assert api_status(simulator, tokens["access_token"]) == 401
        clock.now += 600
        assert problem(exchange(simulator, code)) == (400, "invalid_grant")
        assert refresh(simulator, tokens["refresh_token"]).status_code == 200
        clock.now += 31 * 24 * 3600
        assert problem(refresh(simulator, tokens["refresh_token"])) == (400, "invalid_grant")


def test_restarted_simulator_accepts_tokens_of_its_secret(mounts: Mounts) -> None:
    before, after, stranger = (create_app(secret=secret) for secret in ("one", "one", "two"))
    with mounts.mounted(before) as url:
        tokens = log_in(RunningSimulator(before, url))
    with mounts.mounted(after) as url:
        simulator = RunningSimulator(after, url)
        assert api_status(simulator, tokens["access_token"]) == 200
        assert refresh(simulator, tokens["refresh_token"]).status_code == 200
        assert problem(refresh(simulator, tokens["refresh_token"])) == (400, "invalid_grant")
    with mounts.mounted(stranger) as url:
        simulator = RunningSimulator(stranger, url)
        assert api_status(simulator, tokens["access_token"]) == 401
        assert problem(refresh(simulator, tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("body", ["json", "data"])
def test_revoked_pair_is_dead(simulator: RunningSimulator, which: str, body: str) -> None:
    tokens = log_in(simulator)
    fields = {"token": tokens[which], "client_id": CLIENT_ID}
    assert send(f"{simulator.url}/v1/oauth/revoke", **{body: fields}).status_code == 200
    assert api_status(simulator, tokens["access_token"]) == 401
    assert problem(refresh(simulator, tokens["refresh_token"])) == (400, "invalid_grant")


def test_pair_from_before_a_restart_can_be_revoked(mounts: Mounts) -> None:
    before, after = create_app(secret="one"), create_app(secret="one")
    with mounts.mounted(before) as url:
        tokens = log_in(RunningSimulator(before, url))
    with mounts.mounted(after) as url:
        send(f"{url}/v1/oauth/revoke", json={"token": tokens["refresh_token"]})
        assert api_status(RunningSimulator(after, url), tokens["access_token"]) == 401


def test_revoking_nonsense_is_no_error_but_needs_our_client(simulator: RunningSimulator) -> None:
    url = f"{simulator.url}/v1/oauth/revoke"
    assert send(url, json={"token": "nonsense"}).status_code == 200
    assert problem(send(url, json={"token": "x", "client_id": "other"})) == (401, "invalid_client")
    assert problem(send(url, json={})) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("server_error", 500, "api_error"),
        ("overloaded", 529, "overloaded_error"),
        ("rate_limit", 429, "rate_limit_error"),
        ("invalid_grant", 400, "invalid_grant"),
        ("invalid_client", 401, "invalid_client"),
        ("html", 200, "<!doctype html>"),
        ("empty", 200, ""),
    ],
)
def test_broken_token_endpoint_consumes_nothing(
    simulator: RunningSimulator, fault: str, status: int, word: str
) -> None:
    token = log_in(simulator)["refresh_token"]
    simulator.set(token_fault=fault, first=1, retry_after=7)
    answer = refresh(simulator, token)
    assert answer.status_code == status
    assert word in answer.text
    assert answer.headers.get("retry-after") == ("7" if fault == "rate_limit" else None)
    assert refresh(simulator, token).status_code == 200


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "expires_in"])
def test_token_answer_can_lack_a_field(simulator: RunningSimulator, missing: str) -> None:
    token = log_in(simulator)["refresh_token"]
    simulator.set(token_fault=f"no_{missing}")
    assert missing not in refresh(simulator, token).json()


@pytest.mark.parametrize(("fault", "rotated"), [("hang_up", 0), ("hang_up_after", 1)])
def test_answer_can_be_lost_before_or_after_rotating(
    simulator: RunningSimulator, fault: str, rotated: int
) -> None:
    token = log_in(simulator)["refresh_token"]
    simulator.set(token_fault=fault, first=1)
    with pytest.raises(httpx.RemoteProtocolError):
        refresh(simulator, token)
    assert simulator.state.refreshes == rotated
    assert (refresh(simulator, token).status_code == 200) is not bool(rotated)


def test_slow_token_endpoint_notices_that_the_client_left(simulator: RunningSimulator) -> None:
    simulator.set(token_delay=30)
    with pytest.raises(httpx.ReadTimeout):
        send(f"{simulator.url}/v1/oauth/token", json={"code": VERIFIER}, timeout=httpx.Timeout(10, read=0.1))
    wait_until(lambda: simulator.state.disconnects == 1)
