"""`manage.py serve` as its user starts it: one process, no settings."""

from __future__ import annotations

import contextlib
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support import plain
from tests.system.person import Person
from tests.system.servers import (
    ROOT,
    Server,
    clean_environment,
    free_port,
    running_process,
    running_server,
)

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
STOP_LIMIT_S = 2.0
END_LIMIT_S = 45.0  # an answer gets 30
LAST_REQUEST_LIMIT_S = 25.0  # a request gets 5, a thread 5; its own client waits for 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For the tests that leave it as it is; starting one takes seconds."""
    with running_server(tmp_path_factory.mktemp("serve") / "var") as running:
        yield running


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_first_run_makes_keys_prints_a_link_and_stops_cleanly(tmp_path: Path, signum: int) -> None:
    with running_server(tmp_path / "var", is_new=True) as server:
        assert plain.get(server.setup_link).status_code == 200
        assert server.url in server.output
        server.stop(signum)
    assert server.process.returncode == 0
    assert "Traceback" not in server.output
    assert stat.S_IMODE((tmp_path / "var" / "salt_key").stat().st_mode) == 0o600


def test_idle_server_stops_within_two_seconds(tmp_path: Path) -> None:
    # The promise is the server's, so what other tests take of the machine must not count: they only
    # ever make it longer, and the shortest of three is the nearest to what an idle machine shows.
    assert any(_stop_time(tmp_path) <= STOP_LIMIT_S for _ in range(3))


def test_requests_that_come_as_the_last_answer_ends_do_not_keep_it_alive(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        person.add_session()
        with person.page() as page:
            page.follow(page.ask("Wait for me.\n/simulate pace 10\n/simulate length 40"))
            page.first_text()
            readers = [threading.Thread(target=_read_until_it_is_gone, args=(server.url,)) for _ in range(8)]
            for reader in readers:
                reader.start()
            assert server.stop() < END_LIMIT_S
        for reader in readers:
            reader.join()
    assert server.process.returncode == 0
    assert "Traceback" not in server.output


@pytest.mark.waits
def test_a_request_that_waits_for_a_silent_provider_does_not_keep_it_alive(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as other:
        silent_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with running_server(tmp_path / "var", MAESTRO_ANTHROPIC_BASE_URL=silent_url) as server:
            person = Person(server)
            person.make_account()
            key = {
                "provider": "anthropic",
                "auth_type": "api_key",
                "name": "slow",
                "api_key": "sk-ant-api03-slow",
            }
            adding = other.submit(person.post, "/sessions/add/", **key)
            silent.settimeout(30)
            connection, _ = silent.accept()  # the provider was asked
            with connection:
                assert server.stop() < LAST_REQUEST_LIMIT_S
            assert isinstance(adding.exception(), httpx.TransportError)
    assert server.process.returncode == 0


def _read_until_it_is_gone(url: str) -> None:
    with plain.client() as browser, contextlib.suppress(httpx.ConnectError):
        while True:
            with contextlib.suppress(httpx.ReadError, httpx.RemoteProtocolError):  # cut off with their server
                browser.get(f"{url}/accounts/login/", timeout=60)


def _stop_time(folder: Path) -> float:
    with running_server(folder / "var") as server:
        return server.stop()


def test_second_run_prints_no_link_when_there_is_a_user(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        _make_first_user(server.setup_link)
        server.stop()
    with running_server(tmp_path / "var") as server:
        assert "/setup/" not in server.output


def test_static_files_need_no_collecting(server: Server) -> None:
    page = plain.get(f"{server.url}/accounts/login/").text
    paths = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert paths
    for path in paths:
        assert plain.get(f"{server.url}/static/{path}").status_code == 200


def test_port_in_use_is_said_with_what_to_do(server: Server) -> None:
    second = server.manage("serve")
    assert second.returncode == 1
    assert "--port" in second.stderr


@pytest.mark.parametrize(
    ("host", "shown", "tells_others"),
    [("0.0.0.0", "127.0.0.1", True), ("127.0.0.3", "127.0.0.3", False)],
)
def test_the_printed_link_opens_wherever_the_server_listens(
    tmp_path: Path, host: str, shown: str, tells_others: bool
) -> None:
    environment = clean_environment(tmp_path / "var", MAESTRO_SIMULATOR="1", PORT=str(free_port()))
    command = [sys.executable, "manage.py", "serve", "--host", host]
    with running_process(command, environment, tmp_path / "log", at=shown) as server:
        assert server.setup_link.startswith(f"http://{shown}:")
        _make_first_user(server.setup_link)
        added = server.manage(
            "session", "add", "home", "--provider", "simulator", "--auth", "api_key",
            stdin="sk-sim-key-of-a-newcomer\n",
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        assert (
            "list the names or addresses that people type in ALLOWED_HOSTS" in server.output
        ) == tells_others


def test_a_name_that_is_not_let_in_is_said_with_the_setting(server: Server) -> None:
    answer = plain.get(server.url, headers={"Host": "maestro.lan:8000"})
    assert answer.status_code == 400
    assert "does not know the name <b>maestro.lan:8000</b>" in answer.text
    assert "ALLOWED_HOSTS" in answer.text
    assert plain.get(server.url, headers={"Host": "<script>alert(1)</script>"}).text.count("<script") == 1


def test_without_simulator_there_is_none(tmp_path: Path) -> None:
    with running_server(tmp_path / "var", MAESTRO_SIMULATOR="0") as server:
        assert plain.get(f"{server.url}/simulator/v1/models").status_code == 404


def test_unwritable_data_folder_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = clean_environment(tmp_path / "file" / "var")
    command = [sys.executable, "manage.py", "serve"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "MAESTRO_DATA_DIR" in ended.stderr


def _make_first_user(link: str) -> None:
    with plain.client() as browser:
        browser.get(link)
        answers = {"username": "ada", "password1": "a-long-passphrase", "password2": "a-long-passphrase"}
        token = browser.cookies["csrftoken"]
        answer = browser.post(link, data=answers | {"csrfmiddlewaretoken": token}, headers={"Referer": link})
        assert answer.status_code == 302


def test_commands_in_another_terminal_find_the_simulator_of_the_server(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        _make_first_user(server.setup_link)
        for variable in ("MAESTRO_SIMULATOR", "PORT"):  # the other terminal knows neither
            del server.environment[variable]
        arguments = ("session", "add", "home", "--provider", "simulator", "--auth", "api_key")
        added = server.manage(*arguments, stdin="sk-sim-key-of-a-newcomer\n")
        assert added.returncode == 0, added.stderr
        server.stop()
    assert "offers: anthropic, openai, gemini." in server.manage("session", "test", "home").stderr


def test_command_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "session", "list"]
    environment = clean_environment(tmp_path / "var")
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "manage.py migrate" in ended.stderr
    assert "Traceback" not in ended.stderr
