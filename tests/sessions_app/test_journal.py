"""The file that keeps answers while the database is away: shared, durable, never half read."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from sessions_app import journal as module
from sessions_app.journal import Entry, Journal

ROOT = Path(__file__).parents[2]


def entry(**changes: object) -> Entry:
    whole = Entry(
        id=uuid4(),
        provider="simulator",
        session_id=uuid4(),
        version_before=1,
        attempt=1,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        sealed="gAAAA-not-really",
    )
    return msgspec.structs.replace(whole, **changes)


@pytest.fixture
def book(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "data")


def test_what_is_appended_is_read_again(book: Journal) -> None:
    entries = [entry(), entry()]
    assert book.is_empty()
    for one in entries:
        book.append(one)
    assert not book.is_empty()
    assert book.read() == (tuple(entries), 0)


def test_only_its_owner_may_read_it(book: Journal) -> None:
    book.append(entry())
    book.path.write_bytes(book.path.read_bytes() + b"broken\n")
    book.read()
    assert {path.name: path.stat().st_mode & 0o777 for path in book.path.parent.iterdir()} == {
        "rescue.jsonl": 0o600,
        "rescue-unreadable.jsonl": 0o600,
        "rescue.lock": 0o600,
    }
    assert book.path.parent.stat().st_mode & 0o777 == 0o700


def test_removing_leaves_the_other_lines(book: Journal) -> None:
    first, second, third = entry(), entry(), entry()
    for one in (first, second, third):
        book.append(one)
    book.remove({second.id})
    assert book.read()[0] == (first, third)
    book.remove({first.id, third.id})
    assert book.is_empty()
    assert not book.path.exists()


@pytest.mark.parametrize(
    "line",
    [b"{", b"null", b"[]", b"\xff\xfe", b'{"v":1}', b'{"v":2,"id":"x"}', b"\x00" * 40, b"half a sent"],
)
def test_a_line_that_is_no_answer_is_moved_aside(book: Journal, line: bytes) -> None:
    good = entry()
    book.append(good)
    book.path.write_bytes(line + b"\n" + book.path.read_bytes())
    assert book.read() == ((good,), 1)
    assert book.read() == ((good,), 0)
    assert book.aside.read_bytes() == line + b"\n"


def test_a_line_cut_off_by_a_crash_does_not_spoil_the_next(book: Journal) -> None:
    lost, good = entry(), entry()
    book.append(lost)
    book.path.write_bytes(book.path.read_bytes()[:-30])
    book.append(good)
    assert book.read() == ((good,), 1)


def test_an_answer_for_another_database_is_moved_aside(book: Journal) -> None:
    ours, foreign = entry(), entry()
    book.append(ours)
    book.append(foreign)
    book.remove(set(), foreign={foreign.id})
    assert book.read() == ((ours,), 0)
    assert str(foreign.id).encode() in book.aside.read_bytes()


def test_a_full_disk_leaves_no_half_line(book: Journal) -> None:
    """The soft limit on a file's size stands for the end of the disk: a write over it stops half way."""
    program = """
import resource, signal, sys
from pathlib import Path
from sessions_app.journal import Journal
from tests.sessions_app.test_journal import entry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
book = Journal(Path(sys.argv[1]))
book.append(entry())
resource.setrlimit(resource.RLIMIT_FSIZE, (book.path.stat().st_size + 50, resource.RLIM_INFINITY))
try:
    book.append(entry())
except OSError:
    print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(book.path.parent)], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout == "refused\n", done.stderr
    entries, broken = book.read()
    assert (len(entries), broken) == (1, 0)


def test_many_processes_lose_nothing(book: Journal) -> None:
    """Writers append while others read and remove: each line is settled exactly once."""
    writer = """
import sys
from pathlib import Path
from sessions_app.journal import Journal
from tests.sessions_app.test_journal import entry
book = Journal(Path(sys.argv[1]))
for _ in range(40):
    one = entry()
    book.append(one)
    print(one.id, flush=True)
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", writer, str(book.path.parent)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    removed: list[UUID] = []
    while any(process.poll() is None for process in processes):
        found = [one.id for one in book.read()[0]]
        book.remove(found)
        removed += found
    removed += [one.id for one in book.read()[0]]
    written = [UUID(line) for process in processes for line in process.communicate()[0].split()]
    assert len(written) == 120
    assert sorted(removed) == sorted(written)
    assert not book.aside.exists()


def test_a_lock_that_a_stopped_process_holds_is_not_waited_for_forever(
    book: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_PATIENCE_S", 0.05)
    book.append(entry())
    with (book.path.parent / "rescue.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            book.append(entry())
    book.append(entry())
    assert len(book.read()[0]) == 2


def test_it_shows_nothing_of_what_it_holds() -> None:
    assert "gAAAA" not in repr(entry())
