"""Bodies that are cut or changed on their way: one real answer of each wire, tampered with by a proxy of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from providers.errors import StreamCutOff
from providers.events import Completed, Failed
from providers.simulator.app import Simulator
from tests.providers.contract.asking import Answer, ask
from tests.providers.contract.wirings import Case
from tests.support.server import Mounts, loopback
from tests.support.uncounted import uncounted

pytestmark = [pytest.mark.usefixtures("closed_clients"), pytest.mark.slow, pytest.mark.repeats]
# Characters of two and of four bytes, so that cuts fall inside them too.
PROMPT = "Say: Grüße 🌍"
TEXT = "Grüße 🌍"


class Proxy:
    """Passes everything on and records the answer; with a `body` set it answers with that instead."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._start: Any = None
        self.recorded = b""
        self.body: bytes | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.body is None:
            await self._simulator(scope, receive, self._recording(send))
            return
        while (await receive()).get("more_body"):
            pass
        await send(self._start)
        await send({"type": "http.response.body", "body": self.body})

    def _recording(self, send: Any) -> Any:
        async def record(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._start = message
            self.recorded += message.get("body", b"")
            await send(message)

        return record


class Tampered:
    """A case whose answers come through a proxy; `recorded` is an answer as it should be."""

    def __init__(self, case: Case, proxy: Proxy, url: str) -> None:
        self._case = case._replace(provider=case.wiring.build(url))
        self._proxy = proxy
        self.wiring = case.wiring

    async def record(self) -> bytes:
        """The body of one good answer."""
        answer = await ask(self._case, PROMPT)
        assert (answer.reply.text, answer.stop_reason) == (TEXT, "end_turn")
        return self._proxy.recorded

    async def answer_of(self, body: bytes) -> Answer:
        """What is made of `body`."""
        self._proxy.body = body
        return await ask(self._case, PROMPT)


@pytest.fixture(scope="module")
def proxies() -> Iterator[Mounts]:
    """A server whose thread coverage does not follow, unlike that of the other simulators."""
    mounts = Mounts()
    with ExitStack() as stack:
        with uncounted():
            mounts.url = stack.enter_context(loopback(mounts))
        yield mounts


@pytest.fixture
def tampered(key_case: Case, proxies: Mounts) -> Iterator[Tampered]:
    key_case.simulator.set(chunk=2)
    proxy = Proxy(key_case.simulator.app)
    with proxies.mounted(proxy) as url:
        yield Tampered(key_case, proxy, url)


async def test_a_body_cut_at_any_byte_is_never_taken_for_whole(tampered: Tampered) -> None:
    body, taken_for_whole = await tampered.record(), 0
    for size in range(len(body)):
        answer = await tampered.answer_of(body[:size])
        assert TEXT.startswith(answer.reply.text), size
        last = answer.events[-1]
        if isinstance(last, Completed):  # only where the reason for stopping had come already
            assert (answer.reply.text, last.stop_reason.reason) == (TEXT, "end_turn"), size
            taken_for_whole += 1
        else:
            assert isinstance(last, Failed)
            assert type(last.error) is StreamCutOff, size
    assert bool(taken_for_whole) is not tampered.wiring.needs_last_event


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
async def test_other_line_ends_change_nothing(tampered: Tampered, line_end: bytes) -> None:
    body = await tampered.record()
    answer = await tampered.answer_of(body.replace(b"\n", line_end))
    assert (answer.reply.text, answer.stop_reason) == (TEXT, "end_turn")


async def test_a_byte_order_mark_and_comments_change_nothing(tampered: Tampered) -> None:
    body = await tampered.record()
    answer = await tampered.answer_of(b"\xef\xbb\xbf: hello\n\n" + body.replace(b"\n\n", b"\n\n: ping\n\n"))
    assert (answer.reply.text, answer.stop_reason) == (TEXT, "end_turn")


async def test_what_follows_the_end_is_not_seen(tampered: Tampered) -> None:
    body = await tampered.record()
    if not tampered.wiring.has_last_event:  # whatever comes before the end of the body belongs to the answer
        assert (await tampered.answer_of(body + body)).reply.text == TEXT + TEXT
        return
    for more in (body, b"data: [DONE]\n\ndata: [DONE]\n\n", b"data: {not json\n\n"):
        answer = await tampered.answer_of(body + more)
        assert (answer.reply.text, answer.stop_reason) == (TEXT, "end_turn")
        assert len([event for event in answer.events if isinstance(event, Completed)]) == 1
