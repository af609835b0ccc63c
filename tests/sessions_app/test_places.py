"""Where a request comes from, in words."""

from __future__ import annotations

import pytest

from sessions_app.places import place_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0; rv:140.0) Firefox/140.0", "Firefox on macOS"),
        ("curl/8.0", "curl"),
        ("something\nodd", "another program"),
    ],
)  # fmt: skip
def test_programs_are_named_by_family(agent: str, family: str) -> None:
    assert place_of("10.0.0.1", agent) == f"10.0.0.1, {family}"


def test_a_place_is_short_and_may_be_unknown() -> None:
    assert place_of("", "") == ""
    assert place_of("", "curl/8") == "unknown address, curl"
    assert len(place_of("x" * 500, "curl/8")) == 120
