"""Writes docs/reliability.md from what a full run measured: `python -m tests.reliability.table RESULTS`."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.reliability.figures import Line

TARGET = Path(__file__).parents[2] / "docs" / "reliability.md"
HEAD = """# Reliability, measured

Written by `make reliability`; every figure comes from one full run of its tests. {date}, Python {python}, {cores} cores.
"{once}": what hardly touches the database runs on SQLite only, and what is a matter of one database on that one.
**Missed**: the test failed, because of this figure or for another reason. {missed}
"""
COLUMNS = """
| test | SQLite | PostgreSQL |
|---|---|---|
"""
ANSWERS = """
## Answers

Real server processes (uvicorn, where no other is named) stand between clients that follow the rules of the chat page
and a provider on the loopback, which numbers every piece of an answer and writes on it when it was sent. On SQLite two
processes share nothing but the file; on PostgreSQL they share Redis too. Where a server's clock runs faster, every time
limit keeps its value, so that a quarter of an hour of them passes sooner. "interrupted": ended with its text kept, and
offered to be continued.
"""
TOKENS = """
## Tokens

Real processes refresh tokens against a token endpoint on the loopback that counts calls, replays of used tokens
and logins lost by them. "grace": how long the provider takes a token again that it has just traded. Leases have
their real length of 180 s, except where a test waits for the end of one.
"""
FOOT = """
## What is left

* **Another machine dies.** Whether a process is dead is certain only on the machine that it ran on, for processes that share
  the data folder. If a whole machine goes down between the provider's answer and its commit, or a container whose data folder goes
  with it, the others wait until the lease has ended (180 s). If the provider's grace is shorter, that login may be over: the session then says
  so (`lost_response`), and nothing else of it is lost.
* **Without any grace** an answer that only existed in the memory of a killed process is gone. The rows say which steps these are; each
  such session is marked `lost_response`.
"""
NOT_RUN, ONCE = "not run", "–"


def table(lines: Iterable[Line]) -> str:
    """One row for each test, in the order of their files and names."""
    rows: dict[tuple[str, str], list[Line]] = {}
    for line in marked(list(lines)):
        rows.setdefault((line["file"], line["test"]), []).append(line)
    return "".join(
        f"| {test} | {_cell(found, 'sqlite')} | {_cell(found, 'postgresql')} |\n"
        for (_, test), found in sorted(rows.items(), key=lambda row: (row[0][0], _natural(row[0][1])))
    )


def marked(lines: list[Line]) -> list[Line]:
    """The figures, those of tests that failed marked; a test that failed without one is a line of its own."""
    failed = {_run_of(line) for line in lines if line["missed"]}
    measured = [line for line in lines if not line["missed"]]
    with_figure = {_run_of(line) for line in measured}
    bare = {_run_of(line): line for line in lines if line["missed"] and _run_of(line) not in with_figure}
    return [
        Line(**{**line, "figure": f"**missed**: {line['figure']}"}) if _run_of(line) in failed else line
        for line in (*measured, *bare.values())
    ]


def _run_of(line: Line) -> tuple[str, str]:
    """A test in the run on one database."""
    return line["node"], line["run"]


def _natural(text: str) -> list[tuple[int, str]]:
    """So that "9" comes before "10"."""
    return [(int(part or 0), word) for word, part in re.findall(r"(\D*)(\d*)", text)]


def _cell(found: list[Line], database: str) -> str:
    figures = Counter(line["figure"] for line in found if line["database"] == database)
    if not figures:
        return ONCE if any(line["once"] for line in found) else NOT_RUN
    return "; ".join(f"{times} × {figure}" if times > 1 else figure for figure, times in figures.items())


def main(path: str) -> None:
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    missed = len({_run_of(line) for line in lines if line["missed"]})
    head = HEAD.format(
        date=datetime.now(UTC).date(), python=platform.python_version(), cores=os.cpu_count(), once=ONCE,
        missed=f"In this run {missed} of {len({_run_of(line) for line in lines})} tests.",
    )  # fmt: skip
    TARGET.parent.mkdir(exist_ok=True)
    answers = [line for line in lines if "/streams/" in line["file"]]
    tokens = [line for line in lines if line not in answers]
    body = ANSWERS + COLUMNS + table(answers) + TOKENS + COLUMNS + table(tokens)
    TARGET.write_text(head + body + FOOT)


if __name__ == "__main__":
    main(sys.argv[1])
