"""Who may read `/metrics`: staff who are signed in, or whoever has the token of `MAESTRO_METRICS_TOKEN`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from chat.meters import meters
from chat.runner import installed
from maestro.metrics import process, shared

# One thread apart: a database that hangs must not take the threads of pages, one for each scrape.
_apart = ThreadPoolExecutor(1, thread_name_prefix="metrics")
_PATIENCE_S = 5.0  # Prometheus waits ten by default


@never_cache
@require_GET
async def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, version 0.0.4. Others get 404 or, where there is a token, 403."""
    if not await _may_read(request):
        refused = 403 if settings.MAESTRO_METRICS_TOKEN else 404
        text = "For staff, or with the token of MAESTRO_METRICS_TOKEN.\n" if refused == 403 else ""
        return HttpResponse(text, status=refused, content_type="text/plain; charset=utf-8")
    found = [*process.families(meters, installed()), *await _shared()]
    # The one form that every version reads. The library's choice by `Accept` breaks on a malformed one.
    return HttpResponse(generate_latest(_Found(found)), content_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":  # without the database, which may be what is wrong
        expected = settings.MAESTRO_METRICS_TOKEN
        return bool(expected) and constant_time_compare(token.strip(), expected)
    user = await request.auser()
    return user.is_active and user.is_staff


async def _shared() -> list[Metric]:
    read = database_sync_to_async(shared.families, thread_sensitive=False, executor=_apart)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            found: list[Metric] = await read()
            return found
    except (Error, TimeoutError):
        return [shared.database_up(False)]


class _Found(Collector):
    """What was read just now; nothing is registered anywhere."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found
