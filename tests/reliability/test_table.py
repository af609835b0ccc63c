"""The table of a full run says what failed in it."""

from __future__ import annotations

from tests.reliability.figures import Line
from tests.reliability.table import table


def line(
    test: str, figure: str, *, node: str = "t.py::test", run: str = "sqlite", missed: bool = False
) -> Line:
    return Line(
        node=node, run=run, file="t.py", test=test, database=run, figure=figure, once=False, missed=missed
    )  # fmt: skip


def test_figures_stand_in_the_order_of_their_names_beside_each_other() -> None:
    lines = [
        line("in 10 s", "b"),
        line("in 9 s", "a"),
        line("in 9 s", "c", run="postgresql"),
        line("in 9 s", "a"),
    ]
    assert table(lines) == "| in 9 s | 2 × a | c |\n| in 10 s | b | not run |\n"


def test_the_figure_of_a_test_that_failed_is_marked_on_its_database_alone() -> None:
    lines = [
        line("stop", "p99 3 s"),
        line("stop", "p99 0.2 s", run="postgresql"),
        line("stop full", "failed", missed=True),
    ]
    assert table(lines) == "| stop | **missed**: p99 3 s | p99 0.2 s |\n"


def test_a_test_that_failed_before_it_found_anything_is_in_the_table() -> None:
    lines = [line("kill", "failed", node="t.py::kill", missed=True), line("stop", "p99 0.2 s")]
    assert table(lines) == "| kill | **missed**: failed | not run |\n| stop | p99 0.2 s | not run |\n"
