"""What the database says of a run while it is going on."""

from __future__ import annotations

import asyncio
import uuid

from chat.log import fold
from chat.models import Generation
from chat.services import runs
from chat.threads import in_thread


async def stored(generation: str) -> Generation:
    return await in_thread(Generation.objects.select_related("message").get, pk=generation)


async def wait_for_status(generation: str, status: str) -> Generation:
    """The stored run as soon as it has that status."""
    async with asyncio.timeout(5):
        while True:
            found = await stored(generation)
            if found.status == status:
                return found
            await asyncio.sleep(0.01)


async def log_text(generation: str) -> str:
    return fold(
        row.payload for row in await in_thread(runs.rows_after, uuid.UUID(generation), 0, limit=9999)
    ).text


async def all_are(*statuses: str) -> None:
    """Wait until the runs, in the order of their beginning, have these statuses."""
    async with asyncio.timeout(5):
        while True:
            found = await in_thread(
                lambda: list(Generation.objects.order_by("created_at").values_list("status", flat=True))
            )
            if found == list(statuses):
                return
            await asyncio.sleep(0.01)
