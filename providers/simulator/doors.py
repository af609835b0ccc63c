"""What every API endpoint of every wire does alike: let a switch break the answer."""

from __future__ import annotations

from providers.simulator.asgi import HTML, Exchange
from providers.simulator.failures import simulated_failure
from providers.simulator.switches import STREAM_FAULTS, Switches
from providers.simulator.wires import Core

HTML_BODY = b"<!doctype html><title>Something in between</title><p>This is not the API.</p>"


class Doors:
    """Base of a wire's endpoints."""

    def __init__(self, core: Core) -> None:
        self._grants = core.grants
        self._script = core.script
        self._state = core.state

    def fault_of(self, exchange: Exchange, switches: Switches, *, key: str) -> str:
        """The fault that happens to this request, if any; counted per `key`."""
        if not exchange.path.endswith(switches.path):
            return ""
        happens = self._script.fault_now(switches.fault, first=switches.first, key=key)
        return switches.fault if happens else ""

    async def is_broken(self, exchange: Exchange, switches: Switches, fault: str) -> bool:
        """Whether `fault` broke the whole answer; faults inside a stream do not. Waits for `delay` first."""
        await exchange.pause(switches.delay)
        if not fault or fault in STREAM_FAULTS:
            return False
        await _break_answer(exchange, fault, switches)
        return True

    async def short_call_is_broken(self, exchange: Exchange) -> bool:
        """As `is_broken`, for an endpoint without a prompt."""
        switches = self._script.for_request(exchange.headers)
        return await self.is_broken(exchange, switches, self.fault_of(exchange, switches, key=exchange.path))


async def _break_answer(exchange: Exchange, fault: str, switches: Switches) -> None:
    """Answer as a fault of the whole answer says. Raises `AnswerError` for an error answer."""
    if failure := simulated_failure(fault, retry_after=switches.retry_after):
        raise failure
    match fault:
        case "html":
            await exchange.answer(200, HTML_BODY, HTML)
        case "bad_gateway":
            await exchange.answer(502, HTML_BODY, HTML)
        case "empty":
            await exchange.answer(200, b"")
        case "not_json":
            await exchange.answer(200, b'{"half": ')
        case "redirect":
            await exchange.answer(307, b"", HTML, {"location": "/somewhere/else"})
        case _:
            await exchange.hang_up()
