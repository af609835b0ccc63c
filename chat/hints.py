"""Hints to the other processes through the channel layer: something happened, look at the database.

Ids only, and every hint may be lost: the layer drops what does not fit, and Redis may be away. Whoever listens
also looks on a timer. One listener a process, not one a socket.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)
_GROUP = "maestro.chat"
_RECONNECT_S = 2.0
_REJOIN_S = 30.0  # a layer forgets its groups after a day, and a flushed Redis at once


Kind = Literal["started", "stop", "ended", "stored", "changed"]


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: a generation started, was told to stop, ended, or stored new rows; a conversation changed. `ids` are
    those of generations or conversations."""

    kind: Kind
    ids: tuple[uuid.UUID, ...]
    sender: str = ""


class Hints:
    """Sends and receives hints for one process; its own do not come back."""

    def __init__(self, on_hint: Callable[[Hint], None]) -> None:
        self._on_hint = on_hint
        self._me = uuid.uuid4().hex
        self._layer: Any = get_channel_layer()
        self._sending: set[asyncio.Task[None]] = set()

    def send(self, kind: Kind, *ids: uuid.UUID) -> None:
        """Tell the others soon; does not wait and does not fail."""
        hint = Hint(kind=kind, ids=ids, sender=self._me)
        task = asyncio.get_running_loop().create_task(self._send(hint))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, hint: Hint) -> None:
        try:
            await self._layer.group_send(_GROUP, {"type": "hint", "hint": msgspec.json.encode(hint).decode()})
        except Exception as problem:  # noqa: BLE001  # each layer has its own errors, and a hint may be lost
            logger.warning("a hint was not sent: %s", type(problem).__name__)

    async def listen(self) -> None:
        """Receive until cancelled; a broken layer is tried again."""
        while True:
            try:
                await self._receive()
            except Exception as problem:  # noqa: BLE001  # as above
                logger.warning("hints do not arrive: %s", type(problem).__name__)
                await asyncio.sleep(_RECONNECT_S)

    async def _receive(self) -> None:
        channel = await self._layer.new_channel("maestro.chat")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stay(channel))
            while True:
                message = await self._layer.receive(channel)
                hint = msgspec.json.decode(message["hint"], type=Hint)
                if hint.sender != self._me:
                    self._on_hint(hint)

    async def _stay(self, channel: str) -> None:
        """Join the group, again and again."""
        while True:
            await self._layer.group_add(_GROUP, channel)
            await asyncio.sleep(_REJOIN_S)
