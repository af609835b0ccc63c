"""Who keeps tokens alive, whether answers were left alone, and Redis, which carries both between processes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.exceptions import InvalidChannelLayerError
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from chat.services import figures as answers
from maestro.doctor.finding import Finding, ok, problem, warning
from sessions_app.services import figures
from sessions_app.services.sweep import LATE_AFTER
from sessions_app.words import duration

_PATIENCE_S = 5.0
_START = "Start manage.py serve; with REDIS_URL set, a worker and one beat (Procfile)."
_REDIS_ERRORS = (RedisError, OSError, TimeoutError, InvalidChannelLayerError)


def tokens_are_refreshed() -> Iterator[Finding]:
    """Whether somebody looks for due tokens, and who."""
    last = figures.last_sweep()
    if last is None:
        yield warning("refresh", "Nobody has looked for tokens yet.", _START)
        return
    age = timezone.now() - last.at
    if age > LATE_AFTER:
        yield problem("refresh", f"Nobody has looked for tokens that are due for {duration(age)}.", _START)
    elif last.by == "web":
        yield warning(
            "refresh",
            "Worker and beat are silent, so a web process refreshes tokens in their place.",
            "Check that worker and beat run and reach Redis.",
        )
    else:
        yield ok("refresh", f"Tokens that are due were looked for {duration(age)} ago, by “{last.by}”.")


def answers_go_on() -> Iterator[Finding]:
    """Whether answers wait for a process that is not there."""
    left = answers.left_alone(now=timezone.now())
    if left:
        yield problem(
            "answers",
            f"Answers that their process left or that never started, and nobody ended: {left}.",
            "Start a web process; it ends them within half a minute and keeps their text.",
        )
    else:
        yield ok("answers", f"{sum(answers.unfinished().values())} are under way, none was left alone.")


def redis_works() -> Iterator[Finding]:
    """Redis, and through it cache and channel layer; without REDIS_URL nothing is needed."""
    if not settings.REDIS_URL:
        yield ok("redis", "Not used: one process does everything.")
        return
    try:
        facts = _ask_redis()
        _use_cache()
        async_to_sync(_use_layer)()
    except _REDIS_ERRORS as error:
        yield problem(
            "redis",
            f"Redis cannot be used ({type(error).__name__}).",
            "Check REDIS_URL and that Redis runs. Answers and refreshes go on without it, only slower.",
        )
        return
    yield ok("redis", f"Redis {facts['redis_version']} answers; cache and channel layer work.")
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if policy not in {"noeviction", "volatile-lru", "volatile-lfu", "volatile-ttl", "volatile-random"}:
        yield warning(
            "redis",
            f"Redis may throw tasks away when it is full (maxmemory-policy {policy}).",
            "Set maxmemory-policy to noeviction.",
        )


def _ask_redis() -> dict[str, Any]:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=_PATIENCE_S, socket_timeout=_PATIENCE_S
    )
    try:
        facts: dict[str, Any] = client.info()  # type: ignore[assignment]  # typed for both of its clients
        return facts
    finally:
        client.close()


def _use_cache() -> None:
    name, word = "doctor", secrets.token_hex(4)
    cache.set(name, word, timeout=30)
    if cache.get(name) != word:
        raise TimeoutError("the cache does not keep what it is given")


async def _use_layer() -> None:
    layer: Any = get_channel_layer()
    async with asyncio.timeout(_PATIENCE_S):
        channel = await layer.new_channel("doctor")
        await layer.send(channel, {"type": "doctor"})
        await layer.receive(channel)
        await layer.close_pools()
