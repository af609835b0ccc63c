"""What is the same in the headers of every vendor. The user agent is Maestro's own: no other program is imitated."""

from __future__ import annotations

from collections.abc import Mapping

from providers import __version__
from providers.credentials import Secret
from providers.errors import AuthenticationFailed

USER_AGENT = f"maestro/{__version__}"
_REQUEST_IDS = ("request-id", "x-request-id")


def header_text(secret: Secret) -> str:
    """The secret, if HTTP can carry it; a bad paste may hold line breaks or typographic characters.

    Raises `AuthenticationFailed`.
    """
    text = secret.reveal()
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise AuthenticationFailed(
            "This credential holds characters that no key has, such as a space, a line break or “…”. "
            "Copy it again, all of it and nothing else."
        )
    return text


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The id under which the vendor's support finds the request, if the answer has one."""
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)
