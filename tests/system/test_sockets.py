"""Real websockets at real servers: the same pages served by daphne and by uvicorn, alone and side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.support.machine import REDIS_URL
from tests.system.person import Person
from tests.system.servers import Server, free_port, running_process, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
LONG = "How would you write a FastAPI application that handles Stripe-based subscriptions?\n/simulate pace 40"
IDLE_S = 8  # redis-py 8 with an older channel layer closed idle sockets after six


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests, because starting one takes seconds; each test has pages and conversations of its own."""
    with running_server(tmp_path_factory.mktemp("sockets") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    return _newcomer(server)


@pytest.fixture(scope="module")
def second(person: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """uvicorn on the same data."""
    with running_process(*_second_process(person.server, tmp_path_factory.mktemp("second"))) as running:
        yield running


def _newcomer(server: Server) -> Person:
    person = Person(server)
    person.make_account()
    person.add_session()
    return person


def _second_process(first: Server, tmp_path: Path) -> tuple[list[str], dict[str, str], Path]:
    """uvicorn on the same data, with the simulator of the first."""
    port = str(free_port())
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "maestro.asgi:application",
        "--port",
        port,
        "--ws-per-message-deflate",
        "false",
    ]
    environment = {
        **first.environment,
        "PORT": port,
        "MAESTRO_SIMULATOR_BASE_URL": f"{first.url}/simulator",
    }
    return command, environment, tmp_path / "second.log"


def test_answer_arrives_piece_by_piece_through_daphne(person: Person) -> None:
    with person.page() as page:
        page.follow(page.ask("What is the capital of France?"))
        text, ended = page.answer()
    assert "Paris" in text
    assert ended["status"] == "complete"
    assert ended["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_foreign_page_gets_no_socket(person: Person, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, person.page(origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_page_without_login_is_told_so_by_a_close_code(server: Server) -> None:
    with connect(server.url.replace("http", "ws", 1) + "/ws/chat/", origin=server.url) as socket:  # type: ignore[arg-type]  # a NewType of str
        assert json.loads(socket.recv(timeout=10))["code"] == "signed_out"
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_second_process_attaches_to_an_answer_and_stops_it_without_redis(
    person: Person, second: Server
) -> None:
    _attach_and_stop_across(person, second)


@pytest.mark.redis
@pytest.mark.postgres
def test_second_process_attaches_and_stops_through_redis_and_postgres(
    tmp_path: Path, postgres_url: str, redis_prefix: str
) -> None:
    shared = {"DATABASE_URL": postgres_url, "REDIS_URL": REDIS_URL, "REDIS_PREFIX": redis_prefix}
    with running_server(tmp_path / "var", **shared) as first:
        person = _newcomer(first)
        with running_process(*_second_process(first, tmp_path)) as second:
            _attach_and_stop_across(person, second)


@pytest.mark.redis
def test_idle_socket_stays_open_on_redis(tmp_path: Path, redis_prefix: str) -> None:
    shared = {"REDIS_URL": REDIS_URL, "REDIS_PREFIX": redis_prefix}
    with running_server(tmp_path / "var", **shared) as server, _newcomer(server).page() as page:
        assert page.stays_open(IDLE_S)


def _attach_and_stop_across(person: Person, second: Server) -> None:
    elsewhere = Person(second)
    elsewhere.sign_in()
    with person.page() as page, elsewhere.page() as other:
        generation = page.ask(LONG)
        other.follow(generation)
        assert other.first_text()
        other.send(type="stop", ref="3", generation=generation)
        text, ended = other.answer()
        page.follow(generation)
        whole, same = page.answer()
    assert ended["status"] == same["status"] == "stopped"
    assert text
    assert whole.endswith(text)
    running = json.loads(second.manage("session", "list", "--json").stdout)
    assert running


def test_uvicorn_serves_the_same_page(person: Person, second: Server) -> None:
    elsewhere = Person(second)
    elsewhere.sign_in()
    elsewhere.session_id = person.session_id
    with elsewhere.page() as page:
        page.follow(page.ask("What is the capital of Italy?"))
        text, ended = page.answer()
    assert "Rome" in text
    assert ended["status"] == "complete"
