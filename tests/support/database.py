"""What makes database tests quick without changing what they find in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_migrate
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After a test with real transactions Django empties all tables and works out again which content types
    and permissions there are: some forty queries. Here the rows that the migrations made are put back."""
    with django_db_blocker.unblock():
        made = [(model, list(model.objects.all())) for model in (ContentType, Permission)]

    def put_back(sender: AppConfig, using: str, **arguments: Any) -> None:
        if sender.label == "auth":  # the signal comes once for each app
            for model, rows in made:
                model.objects.using(using).bulk_create(rows, ignore_conflicts=True)  # a restored one has them

    permissions = "django.contrib.auth.management.create_permissions"
    assert post_migrate.disconnect(dispatch_uid=permissions)
    assert post_migrate.disconnect(create_contenttypes)
    post_migrate.connect(put_back)
    yield
    post_migrate.disconnect(put_back)
    post_migrate.connect(create_contenttypes)
    post_migrate.connect(create_permissions, dispatch_uid=permissions)
