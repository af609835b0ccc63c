"""Which words a text has: the same on every database and in every script."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.words import LONGEST, found_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World! foo_bar", ["hello", "world", "foo", "bar"]),
        ("chat.services.find(x) -> /usr/local", ["chat", "services", "find", "x", "usr", "local"]),
        ("Crème BRÛLÉE, Straße, İstanbul", ["creme", "brulee", "strasse", "istanbul"]),
        ("cre\u0300me", ["creme"]),
        ("東京に行く、ok", ["東", "京", "に", "行", "く", "ok"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("한국어를", ["한국어를"]),
        ("שָׁלוֹם", ["שלום"]),
        ("½ ﬁsh x²", ["12", "fish", "x2"]),
        ("\x00 … *** 🙂", []),
        ("x" * 100, ["x" * LONGEST]),
    ],
)
def test_words_are_plain_and_apart(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_hold_nothing_that_means_something_to_a_database(text: str) -> None:
    for word in words_of(text):
        assert not set(word) & set("'\"\\:*&|!()<>-^\x00 ")
        assert 0 < len(word) <= LONGEST


@given(st.text())
def test_every_word_is_told_with_its_place(text: str) -> None:
    found = list(found_words(text))
    assert [word.text for word in found] == words_of(text)
    assert all(words_of(text[word.start : word.end]) == [word.text] for word in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
