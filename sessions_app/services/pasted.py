"""Reads what a person pasted as the answer of a login: `code#state`, or the whole callback URL. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from sessions_app.errors import LoginProblem

MAX_BYTES = 2048
_EMAIL_CODE = re.compile(r"\d{4,8}|\d{3}[ -]\d{3}")
_PART = re.compile(r"[A-Za-z0-9._~+/=\-]+")  # RFC 6749 allows more, but no provider uses it


class Pasted(NamedTuple):
    """Both parts of the answer. The code is a secret until it is used."""

    code: str
    state: str

    def __repr__(self) -> str:
        return "Pasted(…)"


@sensitive_variables()
def read_pasted(text: str) -> Pasted:
    """The code and state in `text`. Raises `LoginProblem` saying exactly what is wrong."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise _problem(_("This is too long for a login code."), reason="too_long")
    text = "".join(text.split()) if "\n" in text.strip() else text.strip()
    if not text:
        raise _problem(_("Nothing was pasted."), reason="empty")
    if _EMAIL_CODE.fullmatch(text):
        raise LoginProblem(
            _(
                "This looks like the code from an e-mail. Type that one on the provider's page; "
                "afterwards the provider shows a longer code, which belongs here."
            ),
            reason="email_code",
        )
    pasted = _from_url(text) if "://" in text else _from_pair(text)
    if not (_PART.fullmatch(pasted.code) and _PART.fullmatch(pasted.state)):
        raise _problem(_("This is not a login code."), reason="not_a_code")
    return pasted


@sensitive_variables()
def _from_url(text: str) -> Pasted:
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query) | parse_qs(parts.fragment)
    except ValueError:
        raise _problem(_("This is not a login code."), reason="not_a_code") from None
    if "error" in query and "code" not in query:
        raise _problem(_("The provider refused the login."), reason="refused")
    code, _hash, in_code = query.get("code", [""])[0].partition("#")
    state = query.get("state", [""])[0] or in_code
    if not code:
        raise _problem(_("This address has no login code in it."), reason="not_a_code")
    return _whole(code, state)


@sensitive_variables()
def _from_pair(text: str) -> Pasted:
    code, _hash, state = text.partition("#")
    return _whole(code.strip(), state.strip())


@sensitive_variables()
def _whole(code: str, state: str) -> Pasted:
    if not state and _PART.fullmatch(code):
        raise _problem(
            _(
                "The part after “#” is missing. It proves that the code belongs to this login, so a code "
                "without it is not accepted."
            ),
            reason="bare_code",
        )
    return Pasted(code, state)


def _problem(sentence: str, *, reason: str) -> LoginProblem:
    again = _("Open the link on this page, sign in, and paste the whole text that is shown there.")
    return LoginProblem(f"{sentence} {again}", reason=reason)
