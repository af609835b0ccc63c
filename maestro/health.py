"""`/healthz`: this process lives. `/readyz`: it can do its work. For load balancers and operators."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from sessions_app.services import sweep


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as requests are answered at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 if database, migrations and cache work, else 503 with the part that does not. `sweep` says who refreshes tokens."""
    parts = {"database": _database(), "cache": _cache()}
    is_ready = all(state == "ok" for state in parts.values())
    # A late sweep is for the operator; it is no reason to take the web process away from people.
    swept = _sweep() if is_ready else "unknown"
    return JsonResponse({"ready": is_ready, **parts, "sweep": swept}, status=200 if is_ready else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "not reachable"
    return "migrations are missing: run manage.py migrate" if waiting else "ok"


def _sweep() -> str:
    try:
        return sweep.state()
    except DatabaseError:
        return "unknown"


def _cache() -> str:
    try:
        cache.set("readyz", "ok", timeout=5)
    except (RedisError, OSError):
        return "Redis is not reachable"
    return "ok"
