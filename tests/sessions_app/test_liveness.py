"""A process is dead for others when it is certainly so, and never before."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from pytest_django import Settings

from sessions_app import liveness
from tests.support.marked import mark_of_the_dead, marked_process
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MAESTRO_DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


def test_a_process_is_dead_when_it_was_killed_and_not_while_it_is_stopped() -> None:
    with marked_process() as other:
        assert not liveness.is_certainly_dead(other.mark)
        other.process.send_signal(signal.SIGSTOP)
        assert not liveness.is_certainly_dead(other.mark)
        other.process.kill()
        # Nobody has waited for it yet, so its number is still taken: that must not count as life.
        wait_until(lambda: liveness.is_certainly_dead(other.mark))
        os.kill(other.process.pid, 0)


def test_a_child_is_judged_by_itself() -> None:
    with marked_process(with_child=True) as parent:
        assert parent.child != parent.mark
        assert not liveness.is_certainly_dead(parent.child)
        parent.process.kill()
        parent.process.wait(10)
        assert liveness.is_certainly_dead(parent.mark)
        assert not liveness.is_certainly_dead(parent.child)


def test_a_process_does_not_lose_its_own_mark_by_asking() -> None:
    mine = liveness.own_mark()
    assert mine
    assert not liveness.is_certainly_dead(mine)
    assert liveness.is_certainly_dead(mark_of_the_dead())
    assert liveness.own_mark() == mine
    where, _, byte = mine.rpartition(":")
    with marked_process() as other:
        assert other.mark.startswith(where)
        assert is_locked(byte)


def is_locked(byte: str) -> bool:
    """As the kernel lists it: POSIX ADVISORY WRITE <pid> <device>:<inode> <first byte> <last byte>."""
    wanted = f"{os.getpid()} "
    lines = Path("/proc/locks").read_text().splitlines()
    return any(f"WRITE {wanted}" in line and line.endswith(f"{byte} {byte}") for line in lines)


def test_what_was_written_elsewhere_may_live(folder: Path) -> None:
    dead = mark_of_the_dead()
    boot, file, byte = dead.split(":")
    for mark in ("", "nonsense", f"{boot}:{file}:x", f"other-boot:{file}:{byte}", f"{boot}:1-2:{byte}"):
        assert not liveness.is_certainly_dead(mark), mark
    assert liveness.is_certainly_dead(dead)


def test_a_new_lock_file_proves_nothing_about_processes_of_the_old_one(
    folder: Path, settings: Settings
) -> None:
    with marked_process() as other:
        (folder / liveness.NAME).rename(folder / "moved-away")
        assert not liveness.is_certainly_dead(other.mark)


def test_where_no_lock_can_be_taken_there_is_no_mark(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.MAESTRO_DATA_DIR = tmp_path / "file"
    assert liveness.own_mark() == ""
    assert not liveness.is_certainly_dead("a:b:1")
