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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc moves the border")
def test_large_texts_leave_nothing_behind() -> None:
    def resident(*, fixed: bool) -> int:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(fixed=fixed)], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert resident(fixed=True) < resident(fixed=False)
