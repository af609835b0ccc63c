"""Everything people paste into the text box."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.errors import LoginProblem
from sessions_app.services.pasted import MAX_BYTES, read_pasted

URL = "https://provider.example/oauth/code/callback"


@pytest.mark.parametrize(
    "text",
    [
        "the-code#the-state",
        "  the-code#the-state \n",
        "the-code#\nthe-state",
        "the-\n  code#the-state\n",
        "the-code # the-state",
        f"{URL}?code=the-code&state=the-state",
        f"{URL}?state=the-state&code=the-code&extra=1",
        f"{URL}?code=the-code%23the-state",
        f"{URL}#code=the-code&state=the-state",
    ],
)
def test_both_forms_with_stray_whitespace(text: str) -> None:
    assert tuple(read_pasted(text)) == ("the-code", "the-state")


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("", "empty", "Nothing was pasted"),
        ("   \n ", "empty", "Nothing was pasted"),
        ("x" * (MAX_BYTES + 1), "too_long", "too long"),
        ("ü" * MAX_BYTES, "too_long", "too long"),
        ("123456", "email_code", "e-mail"),
        (" 123 456 ", "email_code", "e-mail"),
        ("the-code", "bare_code", "after “#” is missing"),
        ("the-code#", "bare_code", "after “#” is missing"),
        (f"{URL}?code=the-code", "bare_code", "after “#” is missing"),
        ("#the-state", "not_a_code", "not a login code"),
        ("please log me in", "not_a_code", "not a login code"),
        ("a#b#c", "not_a_code", "not a login code"),
        ("cöde#state", "not_a_code", "not a login code"),
        (URL, "not_a_code", "no login code"),
        (f"{URL}?error=access_denied&state=s", "refused", "refused"),
        ("http://[broken", "not_a_code", "not a login code"),
    ],
)
def test_everything_else_says_what_is_wrong(text: str, reason: str, says: str) -> None:
    with pytest.raises(LoginProblem) as caught:
        read_pasted(text)
    assert caught.value.reason == reason
    assert says in caught.value.message


def test_what_was_pasted_does_not_show() -> None:
    assert "secret" not in repr(read_pasted("secret-code#secret-state"))


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(LoginProblem):
        pasted = read_pasted(text)
        assert pasted.code
        assert pasted.state
