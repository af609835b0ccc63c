"""A program that speaks the vendors' wires: a try-out without an account, and the tests' upstream.

`create_app` gives a raw ASGI application, mountable anywhere. Anthropic's wire lies at the root, others
below a prefix of their own; `wires` tells how to add one. All have the same answers, switches and grants.
GET and POST /control show counters and set switches. Any API key that begins with `sk-sim-` works, except one
that begins with `sk-sim-revoked`. The OAuth client id is `maestro-simulator`.

Switches, set by `app.script.set(…)`, by a JSON object to POST /control, by request headers
(`x-simulator-pace: 5`), or by lines in the prompt (`/simulate pace 5`, `/simulate overloaded`):

    pace          tokens per second, 60; 0 = as fast as possible
    chunk         tokens per delta, 1
    delay         seconds before the answer begins, 0
    length        at least so many tokens of answer, 0
    numbered      the answer is so many lines, a delta each, with number and time, 0; max_tokens does not count
    size          characters of such a line, as few as possible
    thinking      think first
    tool          ask for the tool of this name
    search        search the web first (server tool and citation)
    stop          end with this stop reason: refusal, pause_turn, …
    fault         one of the faults below; in a prompt just its name, with a number if it takes one
    path          the fault happens only at paths that end so, for example /messages
    first         the fault happens only the first N times
    after         events before a fault inside a stream, 8
    seconds       how long a stall lasts, 30
    ping          seconds between pings of a stall, 1
    retry_after   for rate_limit, seconds, 1
    page          most models on a page, 1000
    expires_in    life of an access token, seconds, 28800
    grace         seconds in which a consumed refresh token gets the same pair again, 0
    token_fault   a fault of the token endpoint, see below
    token_delay   seconds before the token endpoint answers, 0

    whole answer   bad_request 400 · unauthorized 401 · billing 402 · forbidden 403 · not_found 404 ·
                   conflict 409 · too_large 413 · rate_limit [retry_after] 429 · spend_limit 429 ·
                   server_error 500 · timeout 504 · overloaded 529 · html (200) · bad_gateway (502, HTML) ·
                   empty · not_json · redirect (307) · hang_up (no answer)
    in a stream    error [after] · cut [after] · cut_utf8 [after] · truncate [after] (ends without its last
                   events) · stall [seconds] (with pings) · silence [seconds] · unknown_events
    token endpoint server_error · overloaded · rate_limit · html · empty · no_access_token ·
                   no_refresh_token · no_expires_in · invalid_grant · invalid_client ·
                   hang_up (before rotating) · hang_up_after (rotated, answer lost)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import msgspec

from providers.messages import JsonObject
from providers.simulator import anthropic_wire, gemini, openai
from providers.simulator.asgi import BodyTooLargeError, ClientGoneError, Exchange, Receive, Scope, Send
from providers.simulator.failures import AnswerError
from providers.simulator.grants import GrantBook
from providers.simulator.state import KEPT_BODY_BYTES, SeenRequest, SimulatorState
from providers.simulator.switches import Script
from providers.simulator.validation import MAX_BODY_BYTES
from providers.simulator.wires import Core, Door, Wire, wire_of

CONTROL = "/control"
WIRES: tuple[Callable[[Core], Wire], ...] = (anthropic_wire.make_wire, openai.make_wire, gemini.make_wire)


class Simulator:
    """The ASGI application, with its `state` to look at and its `script` to change."""

    def __init__(self, *, script: Script, secret: str, clock: Callable[[], float]) -> None:
        self.script = script
        self.state = SimulatorState()
        self.grants = GrantBook(secret=secret, clock=clock, state=self.state)
        core = Core(self.grants, script, self.state)
        self._wires = tuple(make_wire(core) for make_wire in WIRES)
        self._control_doors: dict[str, Door] = {"GET": self._show_control, "POST": self._control}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. Raises `ValueError` for anything else (lifespan, websocket)."""
        if scope["type"] != "http":
            raise ValueError(f"the simulator speaks http, not {scope['type']}")
        exchange = Exchange(scope, receive, send)
        wire = wire_of(self._wires, exchange.path)
        request_id = self.state.next_id("req")
        exchange.extra_headers[wire.request_id_header] = request_id
        try:
            await self._answer(exchange, wire)
        except AnswerError as failure:
            status, body = wire.refuse(failure, request_id)
            await exchange.answer_json(body, status=status, headers=failure.headers)
        except ClientGoneError:
            pass  # counted below; nobody is left to answer
        finally:
            self.state.disconnects += exchange.gone.is_set()
            await exchange.close()

    async def _answer(self, exchange: Exchange, wire: Wire) -> None:
        try:
            await exchange.read_body(MAX_BODY_BYTES)
        except BodyTooLargeError as error:
            raise AnswerError(413, "Request exceeds the maximum size") from error
        kept = exchange.body if len(exchange.body) <= KEPT_BODY_BYTES else b""
        self.state.see(
            SeenRequest(
                method=exchange.method,
                path=exchange.path,
                headers=exchange.headers,
                body=kept,
                at=time.time(),
            )
        )
        await self._door(exchange, wire)(exchange)

    def _door(self, exchange: Exchange, wire: Wire) -> Door:
        method = "GET" if exchange.method == "HEAD" else exchange.method
        is_control = exchange.path.rstrip("/") == CONTROL
        doors = self._control_doors if is_control else wire.doors_at(exchange.path)
        if not doors:
            raise AnswerError(404, f"Not found: {exchange.path}")
        if method not in doors:
            raise AnswerError(
                405, f"Method not allowed: {exchange.method}", headers={"allow": ", ".join(doors)}
            )
        return doors[method]

    async def _show_control(self, exchange: Exchange) -> None:
        switches = msgspec.structs.asdict(self.script.switches)
        await exchange.answer_json({"counters": self.state.counters(), "switches": switches})

    async def _control(self, exchange: Exchange) -> None:
        """Set the switches of a JSON object; an empty object resets them all."""
        # Asking for JSON keeps a form on somebody's page from changing anything.
        if not exchange.headers.get("content-type", "").startswith("application/json"):
            raise AnswerError(400, "content-type: must be application/json")
        try:
            changes = msgspec.json.decode(exchange.body, type=JsonObject)
        except msgspec.DecodeError as error:
            raise AnswerError(400, f"The request body is not valid JSON: {error}") from error
        if changes:
            self.script.set(**changes)
        else:
            self.script.reset()
        await self._show_control(exchange)


def create_app(
    script: Script | None = None,
    *,
    secret: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Simulator:
    """A new simulator with its own state. `clock` gives seconds since the epoch.

    Tokens are signed with `secret`: pass a stable one, and a restarted simulator accepts those it gave out.
    """
    return Simulator(script=script or Script(), secret=secret or secrets.token_hex(32), clock=clock)
