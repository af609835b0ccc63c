"""Processes that leave a mark as those do that take leases (`sessions_app.liveness`)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).parents[2]
# Prints its mark, and that of a child where one is wanted, and waits to be killed.
_CODE = """
import os, sys
from pathlib import Path
from django.conf import settings
settings.configure(MAESTRO_DATA_DIR=Path(sys.argv[1]))
from sessions_app import liveness
print(liveness.own_mark(), flush=True)
if "with-child" in sys.argv and os.fork() == 0:
    print(liveness.own_mark(), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Marked:
    """A process and its mark; `child` is its child's, if it has one."""

    process: subprocess.Popen[str]
    mark: str
    child: str


@contextmanager
def marked_process(folder: Path | None = None, *, with_child: bool = False) -> Iterator[Marked]:
    """One that lives until the end of the block. Without `folder`, in the data folder of the tests."""
    where = str(folder or settings.MAESTRO_DATA_DIR)
    command = [sys.executable, "-c", _CODE, where, *(["with-child"] if with_child else [])]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            mark = process.stdout.readline().strip()
            child = process.stdout.readline().strip() if with_child else ""
            yield Marked(process, mark, child)
        finally:
            process.kill()
            process.stdin.close()  # ends the child


def mark_of_the_dead() -> str:
    """What a process left that was killed."""
    with marked_process() as marked:
        return marked.mark
