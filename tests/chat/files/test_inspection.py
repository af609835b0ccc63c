"""Types are found in bytes, and what no provider should get is refused with words."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.files import FileRefused, Inspected, inspect
from tests.support.uploads import GOOD, gif, hostile, jpeg_of_size, png, sample, webp_of_size

SIDE = 8000
HOSTILE = hostile()
SIZES = {"photo.jpg": (160, 100), "drawing.png": (120, 80), "photo.webp": (140, 90), "sharp.webp": (48, 32)}


@pytest.mark.parametrize("name", GOOD)
def test_real_files_are_known_with_their_size(name: str) -> None:
    found = inspect(sample(name), max_side=SIDE)
    assert (found.media_type, found.data) == (GOOD[name], sample(name))
    assert (found.width, found.height) == SIZES.get(name, (None, None))


def test_small_ones_are_known_too() -> None:
    assert inspect(png(4, 3), max_side=SIDE) == Inspected("image/png", png(4, 3), 4, 3)
    animated = inspect(gif(2, 5, frame=(3, 1)), max_side=SIDE)
    assert (animated.media_type, animated.width, animated.height) == ("image/gif", 3, 5)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(name: str) -> None:
    data, words = HOSTILE[name]
    with pytest.raises(FileRefused) as caught:
        inspect(data, max_side=SIDE)
    assert words in caught.value.message
    assert caught.value.message.endswith((".",))


@pytest.mark.parametrize(
    "data", [png(8000, 10), gif(10, 8000), jpeg_of_size(8000, 8000), webp_of_size(8000, 1)]
)
def test_the_largest_size_is_taken_and_one_more_is_not(data: bytes) -> None:
    assert inspect(data, max_side=8000)
    with pytest.raises(FileRefused, match="8,000"):
        inspect(data, max_side=7999)


def test_what_a_camera_hangs_behind_a_picture_is_left_behind() -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(range(200))
    for name in SIZES:
        assert inspect(sample(name) + film, max_side=SIDE).data == sample(name)


def test_damaged_files_are_refused_or_taken_but_never_an_error() -> None:
    chance = random.Random(7)
    for name in [*GOOD, "moving.gif"]:
        whole = bytearray(gif() if name == "moving.gif" else sample(name))
        for _ in range(300):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with suppress(FileRefused):
                inspect(bytes(data[: chance.randint(1, len(data))]), max_side=SIDE)


STARTS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\xff\0\0\0WEBP", b"%PDF-"]


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_answered(start: bytes, rest: bytes) -> None:
    with suppress(FileRefused):
        inspect(start + rest, max_side=SIDE)


def test_a_file_of_tiny_pieces_does_not_keep_the_server_busy() -> None:
    pieces = b"\x89PNG\r\n\x1a\n" + png()[8:33] + b"\0\0\0\0tEXt\0\0\0\0" * 600_000
    with pytest.raises(FileRefused, match="damaged"):
        inspect(pieces, max_side=SIDE)
    blocks = gif()[:-2] + b"\x01\x00" * 3_000_000
    with pytest.raises(FileRefused, match="damaged"):
        inspect(blocks, max_side=SIDE)
