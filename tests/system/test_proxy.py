"""A server behind a proxy that ends TLS, as the proxy and whoever is behind it see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support import plain
from tests.system.servers import ROOT, clean_environment, free_port, running_process

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
NAME = "maestro.example"
COMMANDS = {
    "serve": [sys.executable, "manage.py", "serve"],
    "daphne": [str(Path(sys.executable).parent / "daphne"), "--port", "{port}", "maestro.asgi:application"],
}


def guess(browser: httpx.Client, address: str) -> int:
    """One wrong password by somebody who pretends to be at `address`; the proxy adds where they are."""
    headers = {
        "Host": NAME, "X-Forwarded-Proto": "https", "Referer": f"https://{NAME}/",
        "X-Forwarded-For": f"{address}, 203.0.113.9", "Cookie": f"csrftoken={'a' * 32}",
    }  # fmt: skip
    form = {"username": "ada", "password": "guess", "csrfmiddlewaretoken": "a" * 32}
    return browser.post("/accounts/login/", data=form, headers=headers).status_code


@pytest.mark.parametrize("server", COMMANDS)
def test_an_invented_address_does_not_pass_the_limit_of_wrong_passwords(tmp_path: Path, server: str) -> None:
    environment = clean_environment(
        tmp_path / "var", PORT=str(free_port()), BEHIND_TLS="1", ALLOWED_HOSTS=f"{NAME},127.0.0.1",
        MAESTRO_LOGINS_PER_MINUTE="2", DJANGO_SETTINGS_MODULE="maestro.settings",
    )  # fmt: skip
    command = [part.format(port=environment["PORT"]) for part in COMMANDS[server]]
    if server != "serve":
        migrate(environment)
    with (
        running_process(command, environment, tmp_path / "log") as running,
        plain.client(base_url=running.url) as browser,
    ):
        answers = [guess(browser, f"10.0.0.{number}") for number in range(4)]
    assert answers == [200, 200, 429, 429]


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True
    )
