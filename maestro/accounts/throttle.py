"""Slows down guessing of passwords: a bounded number of failures per minute.

Counted per user name and address, and four times that per address, in Django's cache (shared by all
processes when there is Redis). Answers are the same for known and unknown names.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_S = 60
NAMES_PER_ADDRESS = 4


def _keys(request: HttpRequest, username: str) -> tuple[tuple[str, int], ...]:
    address = _network_of(request.META.get("REMOTE_ADDR", ""))
    name = hashlib.sha256(f"{username.strip().lower()}\0{address}".encode()).hexdigest()[:32]
    limit = settings.MAESTRO_LOGINS_PER_MINUTE
    return (f"login:{name}", limit), (f"login:{address}", limit * NAMES_PER_ADDRESS)


def _network_of(address: str) -> str:
    """The address, or its /64 for IPv6: one household has so many there (RFC 6177), and each would count from zero."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or f"{IPv6Address(int(found) >> 64 << 64)}/64")


def is_throttled(request: HttpRequest, username: str) -> bool:
    """Whether this name from this address, or this address, must wait."""
    return any((cache.get(key) or 0) >= limit for key, limit in _keys(request, username))


def count_failure(request: HttpRequest, username: str) -> None:
    """Remember one wrong password for a minute."""
    for key, _limit in _keys(request, username):
        if not cache.add(key, 1, timeout=WINDOW_S):
            try:
                cache.incr(key)
            except ValueError:  # expired between the two calls
                cache.add(key, 1, timeout=WINDOW_S)


def forget(request: HttpRequest, username: str) -> None:
    """The right password came: start from zero for this name."""
    cache.delete(_keys(request, username)[0][0])
