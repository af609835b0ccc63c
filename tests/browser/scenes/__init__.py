"""What people come to see: every page and every state that opens on it, each a function that brings a tab there.

axe-core looks at all of them (test_axe.py); those with a `point` are the pictures of docs/tour.md (tour.py). A scene
waits for what it shows, so one that cannot be reached fails. `stage` makes the server that they play on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.steps import Tab

Arrange = Callable[[Tab], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`point` is the chapter of the tour, 0 for none, `turn` its place there; `whose`: "ada" is signed in, "nobody" is not."""

    name: str
    arrange: Arrange
    point: int
    caption: str
    whose: str
    turn: int


SCENES: dict[str, Scene] = {}


def scene(
    *, point: int = 0, caption: str = "", whose: str = "ada", turn: int = 0
) -> Callable[[Arrange], Arrange]:
    """Register a function as the scene of its name."""

    def register(arrange: Arrange) -> Arrange:
        name = arrange.__name__
        assert name not in SCENES, name
        SCENES[name] = Scene(name=name, arrange=arrange, point=point, caption=caption, whose=whose, turn=turn)
        return arrange

    return register
