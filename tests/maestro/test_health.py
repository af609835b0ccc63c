"""Probes for load balancers, and the headers that every page carries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions_app.models import Installation
from sessions_app.services import sweep

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_a_database_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_readyz_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True


def test_readyz_names_missing_migrations(client: Client) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="sessions_app").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migrate" in answer.json()["database"]


def test_readyz_names_redis_when_it_is_away(client: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "Redis" in answer.json()["cache"]


def test_readyz_says_who_refreshes_tokens(client: Client) -> None:
    assert client.get("/readyz").json()["sweep"] == "starting"
    sweep.sweep(by="worker")
    assert client.get("/readyz").json()["sweep"] == "ok"
    long_ago = timezone.now() - timedelta(minutes=7)
    Installation.objects.update(last_sweep_at=long_ago)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["sweep"] == "late, nothing has refreshed tokens for 7 min"
    assert sweep.take_over_if_late(since=long_ago)
    assert client.get("/readyz").json()["sweep"] == "late, the web process does it"


def test_content_security_policy_allows_nothing_inline(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
