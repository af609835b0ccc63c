"""The strict field beside the library's: the same column format, none of its three defects."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from encrypted_fields.fields import EncryptedTextField
from pytest_django import Settings

from sessions_app import crypto
from sessions_app.errors import Undecryptable
from sessions_app.fields import Ciphertext, StrictEncryptedTextField

SECRET = "sk-canary-0123456789"


@pytest.fixture
def strict() -> StrictEncryptedTextField:
    return StrictEncryptedTextField(blank=True, max_length=30, validators=[_no_spaces])


@pytest.fixture
def library() -> EncryptedTextField:
    return EncryptedTextField(validators=[_no_spaces])


def _no_spaces(value: str) -> None:
    if " " in value:
        raise ValidationError("no spaces")


def stored(text: str) -> str:
    return crypto.encrypt(text)


def test_the_column_format_is_the_librarys(
    library: EncryptedTextField, strict: StrictEncryptedTextField
) -> None:
    assert library.from_db_value(stored(SECRET), None, None) == SECRET
    assert strict.from_db_value(library.get_prep_value(SECRET), None, None).open() == SECRET


def test_the_library_returns_ciphertext_on_a_wrong_key(
    library: EncryptedTextField, settings: Settings
) -> None:
    text = stored(SECRET)
    settings.SECRET_KEY = "another-key"
    assert library.from_db_value(text, None, None) == text


def test_ours_raises_on_a_wrong_key(strict: StrictEncryptedTextField, settings: Settings) -> None:
    value = strict.from_db_value(stored(SECRET), None, None)
    settings.SECRET_KEY = "another-key"
    with pytest.raises(Undecryptable) as caught:
        value.open()
    assert caught.value.reason == "wrong_key"
    assert value.stored not in str(caught.value)


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-4], lambda t: "x" + t, lambda t: t[:20] + "ä" + t[21:], str.lower]
)
def test_tampered_text_is_refused(damage: Callable[[str], str]) -> None:
    with pytest.raises(Undecryptable):
        Ciphertext(damage(stored(SECRET))).open()


def test_a_failed_clean_poisons_the_library(library: EncryptedTextField) -> None:
    with pytest.raises(ValidationError):
        library.clean("with space", None)
    assert library.from_db_value(stored(SECRET), None, None) != SECRET


def test_a_failed_clean_leaves_ours_as_it_was(strict: StrictEncryptedTextField) -> None:
    with pytest.raises(ValidationError):
        strict.clean("with space", None)
    assert strict.from_db_value(stored(SECRET), None, None).open() == SECRET


def _read_while_cleaning(field: models.Field[str, str], read: Callable[[str], str]) -> set[str]:
    """What reads of one value give while another thread is inside `clean()` of the same field."""
    inside, done = threading.Event(), threading.Event()

    def wait_inside(value: str) -> None:
        inside.set()
        assert done.wait(5)

    field._validators.append(wait_inside)  # the field keeps its own list of validators
    field.__dict__.pop("validators", None)
    with ThreadPoolExecutor(1) as pool:
        cleaning = pool.submit(field.clean, "fine", None)
        assert inside.wait(5)
        found = {read(stored(SECRET)) for _ in range(50)}
        done.set()
        cleaning.result()
    return found


def test_a_thread_in_clean_makes_the_library_return_ciphertext(library: EncryptedTextField) -> None:
    found = _read_while_cleaning(library, lambda text: library.from_db_value(text, None, None))
    assert SECRET not in found


def test_a_thread_in_clean_does_not_disturb_ours(strict: StrictEncryptedTextField) -> None:
    found = _read_while_cleaning(strict, lambda text: strict.from_db_value(text, None, None).open())
    assert found == {SECRET}


def test_many_threads_read_and_clean_at_once(strict: StrictEncryptedTextField) -> None:
    text = stored(SECRET)

    def read(number: int) -> str:
        if number % 3 == 0:
            strict.clean(f"value{number}", None)
        return str(strict.from_db_value(text, None, None).open())

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(2000))) == {SECRET}


def test_plain_text_is_encrypted_and_sealed_text_is_stored_as_it_is(strict: StrictEncryptedTextField) -> None:
    prepared = strict.get_prep_value(SECRET)
    assert prepared != SECRET
    assert strict.get_prep_value(Ciphertext(prepared)) == prepared
    assert Ciphertext(prepared).open() == SECRET


def test_empty_stays_empty_and_none_stays_none(strict: StrictEncryptedTextField) -> None:
    assert strict.get_prep_value("") == ""
    assert strict.get_prep_value(None) is None
    assert strict.from_db_value(None, None, None) is None
    assert Ciphertext("").open() == ""
    assert not Ciphertext("")


def test_clean_is_the_plain_text_fields(strict: StrictEncryptedTextField) -> None:
    text = stored(SECRET)
    assert strict.clean(text, None) == text  # what somebody types is never taken for ciphertext
    sealed = Ciphertext(text)
    assert strict.to_python(sealed) is sealed
    assert strict.to_python(5) == "5"


def test_it_is_in_no_form_and_no_dump(strict: StrictEncryptedTextField) -> None:
    assert strict.formfield() is None
    assert not strict.editable
    assert strict.value_to_string(models.Model) == ""


def test_a_ciphertext_shows_nothing() -> None:
    sealed = Ciphertext.seal(SECRET)
    for text in (repr(sealed), str(sealed), f"{sealed}"):
        assert text == "Ciphertext(…)"
    assert sealed == Ciphertext(sealed.stored)
    assert len({sealed, Ciphertext(sealed.stored)}) == 1
    assert sealed != sealed.stored


@pytest.mark.parametrize(
    "older",
    [
        {"SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": ["old"], "SALT_KEY": ["salt"]},
        {"SECRET_KEY": "old", "SECRET_KEY_FALLBACKS": [], "SALT_KEY": ["new-salt", "salt"]},
        {"SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": ["old"], "SALT_KEY": ["new-salt", "salt"]},
        {"SECRET_KEY": "old", "SECRET_KEY_FALLBACKS": [], "SALT_KEY": "salt"},
    ],
)
def test_older_keys_and_salts_still_open(settings: Settings, older: dict[str, object]) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.SALT_KEY = "old", [], ["salt"]
    sealed = Ciphertext.seal(SECRET)
    for name, value in older.items():
        setattr(settings, name, value)
    assert sealed.open() == SECRET


def test_fingerprints_tell_tokens_apart_and_hide_them() -> None:
    assert crypto.fingerprint("a") == crypto.fingerprint("a") != crypto.fingerprint("b")
    assert len(crypto.fingerprint(SECRET)) == 64
