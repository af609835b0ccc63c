"""What a process would do once after it was forked, done before: imports that wait for the first call, and caches."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from providers import http
from sessions_app import crypto

# What httpx loads with its first connection.
_LATE = (
    "encodings.idna",
    "httpcore._async.http11",
    "httpcore._sync.http11",
    "anyio",
    "httpx._transports.default",
)


def warm_up() -> None:
    """Opens nothing: no connection, no thread."""
    for name in _LATE:
        import_module(name)
    crypto.encrypt("warm")  # the keys take 65 ms, the certificates as long again
    http._tls()
    for model in apps.get_models():
        model._meta.get_fields()
        _ = model._meta.related_objects, model._meta.fields_map
