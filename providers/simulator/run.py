"""Runs the simulator alone: `python -m providers.simulator.run --port 8765`.

For trying out a client without Maestro, and for comparisons with other programs. Uses daphne, because
that is what Maestro itself runs on. Stops on SIGTERM and Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from daphne.server import Server

from providers.simulator.app import create_app
from providers.simulator.switches import Script


def make_server(arguments: Sequence[str]) -> Server:
    """The server that the command line asks for, not yet running."""
    parser = argparse.ArgumentParser(description="A program that speaks Anthropic's wire, for try-outs.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--pace", type=float, default=60.0, help="tokens per second; 0 = no pauses")
    parser.add_argument("--expires-in", type=int, default=28_800, help="life of access tokens in seconds")
    options = parser.parse_args(arguments)
    app = create_app(Script(pace=options.pace, expires_in=options.expires_in))
    host = options.host.replace(":", r"\:")  # twisted's endpoint strings separate their parts by colons
    endpoint = f"tcp:port={options.port}:interface={host}"
    return Server(application=app, endpoints=[endpoint], server_name="simulator")


if __name__ == "__main__":
    make_server(sys.argv[1:]).run()
