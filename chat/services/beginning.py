"""From a message that arrives to a run that may ask its provider, in one go and one transaction: stored, claimed, its
request built, its credentials read. For a process that runs it itself; others claim what is stored (`runs.claim`)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.contrib.auth.models import User

from chat.services import generations, runs
from chat.services.generations import NewMessage
from chat.services.queue import Queued
from chat.services.runs import Claimed
from chat.services.turns import Started

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The rows of a message, and the claim of its run if this process has it."""

    rows: Started | Queued
    claimed: Claimed | None = None


def send(user: User, new: NewMessage) -> Begun:
    """Store a message and take its run. Raises as `generations.start`."""
    rows = generations.start(user, new, takes_run=True)
    if isinstance(rows, Queued) or not rows.created:
        return Begun(rows=rows)
    try:
        return Begun(rows=rows, claimed=runs.taken(rows.generation))
    except Exception:  # the message is stored, and whoever sent it must hear so
        logger.exception("generation %s could not begin here", rows.generation.pk)
        runs.give_back(rows.generation.pk, epoch=rows.generation.epoch)
        return Begun(rows=rows)
