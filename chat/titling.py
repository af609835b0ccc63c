"""Asks for a conversation's title beside everything else: detached, bounded in time, and without effect on the answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from chat.answering import Retry
from chat.run import Answer
from chat.services import auto_titles
from chat.services.auto_titles import Wanted
from chat.threads import in_thread, in_waiting_thread
from providers.reply import ReplyBuilder

logger = logging.getLogger(__name__)


async def give_title(generation_id: UUID, *, answer: Answer) -> bool:
    """After a complete answer; whether its conversation has another title now. Does not raise."""
    if not settings.MAESTRO_AUTO_TITLES:
        return False
    try:
        wanted = await in_waiting_thread(auto_titles.claim, generation_id, now=timezone.now())
        if wanted is None:
            return False
        reply = await _ask(wanted, answer)
        return await in_thread(auto_titles.store, wanted, reply, now=timezone.now())
    except Exception:  # of any kind: a title is not worth more than a line in the log
        logger.exception("no title could be given after answer %s", generation_id)
        return False


async def _ask(wanted: Wanted, answer: Answer) -> ReplyBuilder:
    """What came until the end, or until the time was up."""
    reply = ReplyBuilder()
    try:
        async with asyncio.timeout(auto_titles.TIME_LIMIT_S):
            async with aclosing(answer(wanted.session_id, wanted.request)) as steps:
                async for step in steps:
                    if not isinstance(step, Retry):
                        reply.add(step)
    except TimeoutError:
        logger.warning("a title was not written in time")
    return reply
