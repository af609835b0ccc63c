"""Lets a caller see which requests really left, with their secrets masked: `manage.py e2e` prints them.

The observers live in a context variable, so one caller's requests never show up at another's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie", "set-cookie"}
)
# Four characters of a long random key identify it to its owner and to nobody else.
_LONG_ENOUGH = 24
_PREFIX = re.compile(r"[A-Za-z]{2,8}-(?:[A-Za-z]{2,8}-)?")
_SECRET_IN_TEXT = re.compile(
    r"\bsk-[A-Za-z0-9_-]{8,}|\bAIza[A-Za-z0-9_-]{8,}|\bya29\.[A-Za-z0-9._-]{8,}|\bBearer [A-Za-z0-9._~+/=-]{8,}"
)


class SentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was sent; header names in lower case, secrets as `sk-ant-…a1b2`."""

    method: str
    url: str
    headers: Mapping[str, str]


Observer = Callable[[SentRequest], None]
_observers: ContextVar[tuple[Observer, ...]] = ContextVar("observers", default=())


@contextmanager
def observe_requests(callback: Observer) -> Iterator[None]:
    """Call `callback` for every request that this context, and tasks started from it, sends."""
    token = _observers.set((*_observers.get(), callback))
    try:
        yield
    finally:
        _observers.reset(token)


def notify_observers(method: str, url: str, headers: Mapping[str, str]) -> None:
    """Tell the observers of this context about one request. Called by `http.py` only."""
    observers = _observers.get()
    if not observers:
        return
    masked = {name: mask(value) if name in _SECRET_HEADERS else value for name, value in headers.items()}
    sent = SentRequest(method=method, url=url, headers=masked)
    for observer in observers:
        observer(sent)


def mask(secret: str) -> str:
    """What may be shown of a secret: its kind and, if it is long, its last four characters."""
    scheme, _, value = secret.rpartition(" ")
    prefix = _PREFIX.match(value)
    tail = value[-4:] if len(value) >= _LONG_ENOUGH else ""
    shown = f"{prefix.group() if prefix else ''}…{tail}"
    return f"{scheme} {shown}" if scheme else shown


def mask_secrets_in(text: str) -> str:
    """`text` from outside, with everything in it that looks like a key or token masked."""
    return _SECRET_IN_TEXT.sub(lambda found: mask(found.group()), text)
