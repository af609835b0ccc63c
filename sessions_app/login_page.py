"""What the login page does, for the user's pages and for the admin, which only show it differently.

The link of a login holds its state, which is stored only as a hash; so it travels through the form,
signed for one session and user, and the page that says "wrong code" still has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest

from sessions_app.errors import (
    InvalidBudget,
    InvalidDate,
    InvalidName,
    KeyRejected,
    LoginProblem,
    NameTaken,
    SessionError,
)
from sessions_app.forms import PastedCodeForm
from sessions_app.models import ProviderSession
from sessions_app.services import login
from sessions_app.services.login import VALID_FOR, LoginStart

_SALT = "sessions_app.login-link"


@dataclass
class LoginPage:
    """What to show. `start` is `None` and `problem` a sentence where no login can begin."""

    form: PastedCodeForm
    start: LoginStart | None = None
    link: str = ""
    problem: str = ""
    is_connected: bool = False


def handle_login(request: HttpRequest, session: ProviderSession) -> LoginPage:
    """A POST tries the pasted code. Else, or after a login that is over, a new one begins.

    Earlier logins stay valid, so a reload does not spoil a code that is under way.
    """
    page = LoginPage(PastedCodeForm(request.POST or None))
    page.start = unpack(request.POST.get("link", ""), session=session, request=request)
    if request.method == "POST" and page.form.is_valid():
        _finish(page, request, session)
    if not page.is_connected:
        _begin(page, request, session)
    return page


def signed_in(request: HttpRequest) -> User:
    """The user of a request behind a login."""
    assert isinstance(request.user, User), "behind a login"
    return request.user


def field_of(error: SessionError) -> str | None:
    """The form field that an error belongs to; `None` for the form as a whole."""
    match error:
        case InvalidName() | NameTaken():
            return "name"
        case KeyRejected():
            return "api_key"
        case InvalidDate():
            return "key_expires_at"
        case LoginProblem():
            return "pasted"
        case InvalidBudget(field=field):
            return field
        case _:
            return None


def pack(start: LoginStart, *, session: ProviderSession, request: HttpRequest) -> str:
    """`start` as text for a hidden field."""
    value = [start.url, start.expires_at.isoformat(), *_holder(session, request)]
    return signing.dumps(value, salt=_SALT, compress=True)


def unpack(text: str, *, session: ProviderSession, request: HttpRequest) -> LoginStart | None:
    """The start in `text`; `None` if it is not for this session and user, or too old."""
    try:
        url, expires_at, *holder = signing.loads(text, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    if holder != _holder(session, request):
        return None
    return LoginStart(str(url), datetime.fromisoformat(str(expires_at)))


def _finish(page: LoginPage, request: HttpRequest, session: ProviderSession) -> None:
    try:
        login.finish_login(session, user=signed_in(request), pasted=page.form.cleaned_data["pasted"])
    except SessionError as error:
        page.form.add_error(field_of(error), error.message)
        if isinstance(error, LoginProblem) and error.needs_new_link:
            page.start = None
    else:
        page.is_connected = True


def _begin(page: LoginPage, request: HttpRequest, session: ProviderSession) -> None:
    try:
        page.start = page.start or login.begin_login(session, user=signed_in(request))
    except SessionError as error:
        page.problem = error.message
    else:
        page.link = pack(page.start, session=session, request=request)


def _holder(session: ProviderSession, request: HttpRequest) -> list[str]:
    return [str(session.id), str(request.user.pk)]
