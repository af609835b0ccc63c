"""The Celery application. It only wakes work whose truth is in the database.

So duplicate beats, duplicate deliveries and a flushed Redis change nothing. Answers of models are
never Celery tasks: a redelivery would pay twice.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings")

app = Celery("maestro")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def begin_worker(**_: Any) -> None:
    """A worker that takes the place of a killed one does not wait for the next beat."""
    from maestro.background import look_after_the_dead_once  # the apps are loaded by now, and not above

    look_after_the_dead_once()
