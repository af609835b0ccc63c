"""`manage.py doctor` beside a real server: well, then with what an operator may have broken."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.machine import REDIS_URL
from tests.support.waiting import wait_until
from tests.system.person import Person
from tests.system.servers import ROOT, clean_environment, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]


def test_it_finds_nothing_beside_a_server_that_works_and_names_what_is_broken_then(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        person.add_session()
        wait_until(lambda: "“serve”" in server.manage("doctor").stdout, seconds=30)
        report = server.manage("doctor", "--json")
        assert report.returncode == 0, report.stdout
        assert {one["level"] for one in json.loads(report.stdout)["findings"]} == {"ok"}
        connected = json.loads(server.manage("doctor", "--json", "--connect").stdout)["findings"]
        simulated = [one for one in connected if server.url in one["sentence"]]
        assert [one["level"] for one in simulated] == ["ok"]
        server.stop()
    (tmp_path / "var" / "salt_key").write_text("k" * 64)
    broken = server.manage("doctor")
    assert broken.returncode == 1
    assert "PROBLEM keys: The server's keys do not fit its database." in broken.stdout
    with sqlite3.connect(tmp_path / "var" / "maestro.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'chat'")
    broken = server.manage("doctor")
    assert "manage.py migrate" in broken.stdout
    assert "Traceback" not in broken.stdout + broken.stderr


@pytest.mark.postgres
@pytest.mark.redis
def test_it_looks_at_postgresql_and_redis(tmp_path: Path, postgres_url: str, redis_prefix: str) -> None:
    environment = clean_environment(
        tmp_path / "var", DATABASE_URL=postgres_url, REDIS_URL=REDIS_URL, REDIS_PREFIX=redis_prefix
    )

    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert manage("migrate").returncode == 0
    report = json.loads(manage("doctor", "--json").stdout)
    sentences = " ".join(one["sentence"] for one in report["findings"] if one["level"] == "ok")
    for expected in (
        "connections in use",
        "have the same time",
        "cache and channel layer work",
        "It can be written",
    ):
        assert expected in sentences
