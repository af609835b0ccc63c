"""The life of the one process behind `manage.py serve`: daphne, chat housekeeping, the refresh loop.

daphne never sends ASGI lifespan events, so what must start and stop with the server hangs on its
ready callback and on the reactor's shutdown.
"""

from __future__ import annotations

import socket
from typing import Any

from daphne.server import Server  # installs the asyncio reactor; must come before twisted.internet.reactor
from django.conf import settings
from twisted.internet import reactor as installed_reactor

from chat import runner
from maestro.asgi import application
from maestro.background import RefreshLoop
from maestro.life import wait_for_answers

reactor: Any = installed_reactor  # Twisted's interfaces are not typed

PING_INTERVAL_S = 20  # proxies cut silent connections at 60 to 100 s


def serve(listener: socket.socket) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM. Idle, it stops within two seconds."""
    listener.listen(512)
    loop = None if settings.REDIS_URL else RefreshLoop(settings.MAESTRO_SWEEP_SECONDS)
    server = Server(
        application=application,
        endpoints=[f"fd:fileno={listener.fileno()}"],
        # daphne calls this before the event loop runs, and housekeeping needs a running one.
        ready_callable=lambda: reactor.callLater(0, _start, loop),
        ping_interval=PING_INTERVAL_S,
        ping_timeout=60,
        websocket_timeout=-1,  # the default cuts every websocket after a day
        verbosity=0,
    )
    wait_for_answers(reactor)
    if loop is not None:
        reactor.addSystemEventTrigger("before", "shutdown", loop.stop)
    server.run()
    if loop is not None and loop.is_alive():
        loop.join()


def _start(loop: RefreshLoop | None) -> None:
    runner.start_housekeeping()
    application.begin()  # at once: the process before this one may have been killed in a refresh
    if loop is not None:
        loop.start()
