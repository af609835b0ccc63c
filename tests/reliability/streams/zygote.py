"""A process that has Maestro loaded and forks servers, so that each life of a server costs milliseconds.

`python -m tests.reliability.streams.zygote`, started with the environment of an installation, reads one JSON object
a line: `{"do": "serve", …}` or `{"do": "call", "function": …, "arguments": {…}}`, and answers one a line: the process
id of the server, or what the function of `inside` returned. Nothing is opened before a fork: no connection, no thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import Any

import django
import uvicorn
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse
from uvicorn.config import LOGGING_CONFIG

if not apps.ready:
    django.setup()

from daphne.cli import CommandLineInterface

from chat import runner as runners
from chat.timing import Timing
from maestro.asgi import application
from tests.reliability.streams import inside
from tests.reliability.streams.clock import fast_loop
from tests.reliability.warm import warm_up


def _warm_up_servers() -> None:
    """A server imports its protocols when it starts and all views with its first request: 0.3 s of work."""
    config = uvicorn.Config(application, log_config=None)
    config.load()
    config.get_loop_factory()
    reverse("chat:home")
    import_module("django.contrib.messages.storage.fallback")


warm_up()
_warm_up_servers()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _child(order, writer)
        os.close(writer)
        with os.fdopen(reader) as answer:
            told = "null" if order["do"] == "serve" else answer.read()
        print(
            json.dumps({"pid": pid, "result": json.loads(told or '{"error": "the process died"}')}),
            flush=True,
        )


def _child(order: dict[str, Any], writer: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(2, 1)  # standard output is the pipe to the test
    code = 0
    try:
        if order.pop("do") == "serve":
            os.close(writer)
            serve(**order)
        else:
            result = getattr(inside, order["function"])(**order["arguments"])
            os.write(writer, json.dumps(result).encode())
    except BaseException:  # noqa: BLE001  # the zygote must not return into its loop twice
        traceback.print_exc()
        code = 1
    os._exit(code)


def serve(*, kind: str, **how: Any) -> None:
    """Serve until told to stop or killed, as the command of this kind does."""
    match kind:
        case "uvicorn":
            _uvicorn(**how)
        case "daphne":
            CommandLineInterface().run(["--port", str(how["port"]), "maestro.asgi:application"])
        case _:
            call_command("serve", port=how["port"])


def _uvicorn(*, port: int, speed: float, timing: dict[str, float]) -> None:
    """`speed`: how many times as fast the clock of its event loop runs. `timing`: how often the runner looks."""
    config = uvicorn.Config(
        inside.Observed(_timed(timing) if timing else application),
        port=port,
        ws_per_message_deflate=False,
        access_log=False,
        log_config={**LOGGING_CONFIG, "disable_existing_loggers": False},
    )
    server = uvicorn.Server(config)
    loop_factory = config.get_loop_factory() if speed == 1 else fast_loop(speed)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(server.serve())


def _timed(timing: dict[str, float]) -> Any:
    """The application, whose runner is made with that timing by the first who needs it."""

    async def timed(scope: Any, receive: Any, send: Any) -> None:
        if asyncio.get_running_loop() not in runners._runners:
            runners.install(runners.Runner(timing=Timing(**timing)))
        await application(scope, receive, send)

    return timed


if __name__ == "__main__":
    main()
