"""A loopback proxy that gives each connection to the next of its servers in turn, and passes over dead ones."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

PIECE = 65536


class AlternatingProxy:
    """`url` is where it listens; `taken` counts the connections that each server got."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.taken = dict.fromkeys(ports, 0)
        self.url = ""
        self._turns = itertools.cycle(ports)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        for port in itertools.islice(self._turns, len(self.taken)):
            with suppress(OSError):
                server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
                self.taken[port] += 1
                await _both_ways((reader, server_writer), (server_reader, writer))
                return
        writer.close()


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    pumps = [asyncio.create_task(_pump(reader, writer)) for reader, writer in ways]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        for _, writer in ways:
            writer.close()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def alternating_proxy(*ports: int) -> AsyncIterator[AlternatingProxy]:
    """A proxy in front of the servers on these ports of 127.0.0.1."""
    proxy = AlternatingProxy(ports)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if getattr(task.get_coro(), "__name__", "") == "serve":
                task.cancel()
        await asyncio.sleep(0)
