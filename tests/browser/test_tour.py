"""The tour is what the scenes say, and shows each point of the product. Needs no browser."""

from __future__ import annotations

from tests.browser.scenes import SCENES
from tests.browser.scenes.theatre import SIZES
from tests.browser.tour import LIMIT_BYTES, PICTURES, POINTS, SCHEMES, TARGET, picture, stops, text


def test_every_point_has_a_scene_and_every_scene_of_the_tour_a_caption() -> None:
    assert list(POINTS) == list(range(1, 11))
    assert all(stops().values())
    assert {scene.name for scene in SCENES.values() if scene.point} == {
        scene.name for scenes in stops().values() for scene in scenes
    }
    assert all(bool(scene.caption) == bool(scene.point) for scene in SCENES.values())


def test_the_text_is_what_make_tour_would_write() -> None:
    assert TARGET.read_text() == text()


def test_every_picture_is_there_none_is_left_over_and_together_they_are_small() -> None:
    wanted = {
        picture(scene, size, scheme)
        for scenes in stops().values()
        for scene in scenes
        for size in SIZES
        for scheme in SCHEMES
    }
    found = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(found) == wanted
    assert sum(found.values()) < LIMIT_BYTES
