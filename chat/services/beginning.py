"""From a message that arrives to a run that may ask its provider, in one go and one transaction: stored, claimed, its
request built, its credentials read. For a process that runs it itself; others claim what is stored (`runs.claim`)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.contrib.auth.models import User

from chat.models import Conversation
from chat.services import announcements, generations, runs
from chat.services.announcements import News
from chat.services.generations import NewMessage
from chat.services.logins import Login
from chat.services.queue import Queued
from chat.services.runs import Claimed
from chat.services.turns import Started
from sessions_app.prepared import Select, on

_REVISION = Select(
    lambda pk: Conversation.objects.filter(pk=pk).values_list("revision", flat=True), on(Conversation, "id")
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The rows of a message; if this process has its run, the claim and what the owner's pages are told."""

    rows: Started | Queued
    run: tuple[Claimed, News] | None = None


def send(sender: User | Login, new: NewMessage, *, takes_run: bool) -> Begun:
    """Store a message and, if this process `takes_run`, claim its run. Raises as `generations.start`, and `SignedOut`."""
    user = sender.user() if isinstance(sender, Login) else sender
    rows = generations.start(user, new, takes_run=takes_run)
    if not takes_run or isinstance(rows, Queued) or not rows.created:
        return Begun(rows=rows)
    try:
        return Begun(rows=rows, run=(runs.taken(rows.generation), _news(rows)))
    except Exception:  # the message is stored, and whoever sent it must hear so
        logger.exception("generation %s could not begin here", rows.generation.pk)
        runs.give_back(rows.generation.pk, epoch=rows.generation.epoch)
        return Begun(rows=rows)


def _news(rows: Started) -> News:
    """As `announcements.started` reads it; only the revision is not known from storing it."""
    conversation = rows.message.conversation
    conversation.revision = _REVISION.first(conversation.pk) or 0
    return announcements.started_now(rows.message)
