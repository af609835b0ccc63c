"""The tour is what the scenes say, and shows each point of the product. Needs no browser."""

from __future__ import annotations

from tests.browser.scenes import SCENES
from tests.browser.tour import POINTS, TARGET, stops, text


def test_every_point_has_a_scene_and_every_scene_of_the_tour_a_caption() -> None:
    assert list(POINTS) == list(range(1, 11))
    assert all(stops().values())
    assert {scene.name for scene in SCENES.values() if scene.point} == {
        scene.name for scenes in stops().values() for scene in scenes
    }
    assert all(bool(scene.caption) == bool(scene.point) for scene in SCENES.values())


def test_the_text_is_what_make_tour_would_write() -> None:
    assert TARGET.read_text() == text()
