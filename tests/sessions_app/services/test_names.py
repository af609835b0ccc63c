"""Names of sessions and the look of keys."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from providers.credentials import Secret
from sessions_app.errors import InvalidName, KeyRejected
from sessions_app.services.names import clean_key, clean_name
from sessions_app.services.providers import get_provider


@pytest.mark.parametrize("name", ["work_claude", "Work 2", "a", "x" * 64, "Jürgen.home-1", "  spaced  "])
def test_good_names(name: str) -> None:
    assert clean_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a/b", "<b>", "a\nb", "a#b", "😀", "a\x00"])
def test_bad_names(name: str) -> None:
    with pytest.raises(InvalidName):
        clean_name(name)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "Paste the API key"),
        ("two words", "one line without spaces"),
        ("line\nbreak", "one line without spaces"),
        ("kéy", "one line without spaces"),
        ("x" * 1025, "one line without spaces"),
        ("sk-ant-api03-abc", "looks like a key for Claude"),
    ],
)
def test_what_cannot_be_a_key(settings: Settings, key: str, says: str) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}, "simulator": {}}
    with pytest.raises(KeyRejected, match=says) as caught:
        clean_key(Secret(key), get_provider("simulator"))
    assert not key.strip() or key not in caught.value.message


def test_a_key_loses_the_spaces_around_it(settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}, "simulator": {}}
    provider = get_provider("simulator")
    assert clean_key(Secret(" sk-sim-1\n"), provider).key == Secret("sk-sim-1")
    assert clean_key(Secret("unknown-form"), provider).key == Secret("unknown-form")
