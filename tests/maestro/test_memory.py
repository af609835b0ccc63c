"""A web process gives the memory of a large text back, also after it has handled others."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Large texts live and die beside small ones that stay; what is resident afterwards is printed, in MiB.
_PROGRAM = """
import os
from maestro.memory import return_large_blocks
if {fixed}:
    assert return_large_blocks()
kept = []
for _ in range(20):
    texts = [bytes(size << 20) for size in (1, 4, 8, 16, 24)]
    kept.append(bytearray(100_000))
    del texts
with open("/proc/self/statm") as statm:
    print(int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20)
"""

# Forty threads that each held many blocks of a few KiB for a moment, one after another, and keep one of them.
_THREADS = """
import os, threading
from maestro.memory import share_one_heap
if {fixed}:
    assert share_one_heap()
kept = []
here = threading.Barrier(40)
turn = threading.Lock()
def work():
    with turn:
        held = [bytes(3_000) for _ in range(2_000)]
        kept.append(held.pop())
        del held
    here.wait()
threads = [threading.Thread(target=work) for _ in range(40)]
for one in threads:
    one.start()
for one in threads:
    one.join()
with open("/proc/self/statm") as statm:
    print(int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20)
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")


def _resident(program: str, *, fixed: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", program.format(fixed=fixed)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_large_texts_leave_nothing_behind() -> None:
    assert _resident(_PROGRAM, fixed=True) < _resident(_PROGRAM, fixed=False)


def test_threads_leave_nothing_behind() -> None:
    assert _resident(_THREADS, fixed=True) < _resident(_THREADS, fixed=False)
