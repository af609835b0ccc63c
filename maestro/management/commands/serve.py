"""`manage.py serve`: the whole product in one process: pages, websockets, and the refresh of tokens."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http.request import validate_host

from maestro.accounts import setup
from maestro.running import announced_simulator
from maestro.serving import serve
from sessions_app.services import keys

# Addresses that mean "every one of this machine" → one that a browser can open.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # compared, not bound
_LOCAL = {"localhost", "127.0.0.1", "[::1]"}


class Command(BaseCommand):
    help = (
        "Start Maestro: migrate the database, make keys on first run, then serve pages and websockets "
        "and keep tokens alive. Stop it with Ctrl-C or SIGTERM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="default 8000; 0 takes a free one"
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        listener = self._listen(host, port)
        port = listener.getsockname()[1]
        name = _name_of(host)
        if not validate_host(name, settings.ALLOWED_HOSTS):
            settings.ALLOWED_HOSTS.append(name)  # the operator said it, and it is printed below
        call_command("migrate", interactive=False, verbosity=0)
        keys.watch()  # wrong keys are said now, not when the first person meets them
        address = f"http://{name}:{port}"
        with self._simulator_at(address):
            self._greet(address, is_open=host in _EVERYWHERE)
            serve(listener)
        self.stdout.write("Stopped.")

    def _listen(self, host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            listener.close()
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error}). Is Maestro running already? "
                f"Choose another port with --port."
            ) from error
        return listener

    def _simulator_at(self, address: str) -> AbstractContextManager[None]:
        """The simulator is part of this server, so it answers wherever this server listens."""
        if not settings.MAESTRO_SIMULATOR or settings.SIMULATOR_IS_ELSEWHERE:
            return nullcontext()
        url = f"{address}/simulator"
        settings.MAESTRO_PROVIDERS["simulator"]["base_url"] = url
        return announced_simulator(settings.MAESTRO_DATA_DIR, url)

    def _greet(self, address: str, *, is_open: bool) -> None:
        self.stdout.write(f"Maestro runs at {address}/")
        if is_open and all(name in _LOCAL for name in settings.ALLOWED_HOSTS):
            self.stdout.write(
                "Other machines reach it, but are not let in: list the names or addresses that people type in "
                "ALLOWED_HOSTS, for example ALLOWED_HOSTS=localhost,maestro.example"
            )
        if setup.is_open():
            self.stdout.write("There is no user yet. Make the first one here (the link works once):")
            self.stdout.write(f"{address}{setup.link_path()}")
        self.stdout.flush()


def _name_of(host: str) -> str:
    """How a browser on this machine names the address that the server listens on."""
    shown = _EVERYWHERE.get(host, host)
    return f"[{shown}]" if ":" in shown else shown
