"""What a full run measured: one JSON line per figure, written by the tests and made a table by `table`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypedDict

from django.db import connection

VARIABLE = "RELIABILITY_RESULTS"


class Line(TypedDict):
    """`node` is the test that measured, in the run on the database `run`; `once`: it does not run once for each
    database (marker `once`); `missed`: this is no figure, the test failed."""

    node: str
    run: str
    file: str
    test: str
    database: str
    figure: str
    once: bool
    missed: bool


def begin(*, once: bool) -> None:
    """Called for each test before it runs."""
    global _once
    _once = once


def record(test: str, figure: str, *, fast: bool, database: str = "") -> None:
    """Note what `test` found. Fast forms are not noted: the table shows full figures only.

    `database`: for a test with a database of its own, which one that was: "sqlite" or "postgresql".
    """
    if not fast:
        node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]  # the phase stands in brackets
        _write(node, test, figure, database=database or connection.vendor)


def record_missed(node: str, test: str) -> None:
    """Note that the test of this id failed, whatever it had found."""
    _write(node, test, "failed", database=connection.vendor, missed=True)


def _write(node: str, test: str, figure: str, *, database: str, missed: bool = False) -> None:
    path = os.environ.get(VARIABLE)
    if not path:
        return
    _recorded.add(node)
    line = Line(
        node=node, run=connection.vendor, file=node.split("::")[0], test=test, database=database, figure=figure,
        once=_once, missed=missed,
    )  # fmt: skip
    with Path(path).open("a") as file:
        file.write(json.dumps(line) + "\n")


def has_recorded(node: str) -> bool:
    """Whether the test of this id noted a figure of its own."""
    return node in _recorded


_recorded: set[str] = set()
_once = False
