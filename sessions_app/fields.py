"""A text column that is encrypted at rest and fails closed.

The library's field returns the *ciphertext* when it cannot decrypt, and keeps a flag on the field
object which one failed `clean()`, or two threads in it, leave set for the whole process. This
subclass keeps the column format and replaces the rest: reading gives a `Ciphertext`, and
only `open()` decrypts, so one bad row cannot break a list.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from encrypted_fields.fields import EncryptedTextField

from sessions_app import crypto


class Ciphertext:
    """Text as the database holds it. Shows nothing of itself; `open` decrypts."""

    __slots__ = ("stored",)

    def __init__(self, stored: str) -> None:
        self.stored = stored

    @classmethod
    def seal(cls, text: str) -> Ciphertext:
        """`text`, encrypted now with the first key."""
        return cls(crypto.encrypt(text))

    def open(self) -> str:
        """The plain text. Raises `Undecryptable`."""
        return crypto.decrypt(self.stored)

    @property
    def is_readable(self) -> bool:
        """Whether the keys open it; empty text counts as readable."""
        return crypto.opens(self.stored)

    @property
    def is_current(self) -> bool:
        """Whether it is sealed with the first key, so that older keys are not needed for it."""
        return crypto.is_current(self.stored)

    def __bool__(self) -> bool:
        return bool(self.stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ciphertext) and other.stored == self.stored

    def __hash__(self) -> int:
        return hash(self.stored)

    def __repr__(self) -> str:
        return "Ciphertext(…)"

    __str__ = __repr__


def nothing() -> Ciphertext:
    """The default of a column that holds no secret yet."""
    return Ciphertext("")


class StrictEncryptedTextField(EncryptedTextField):  # type: ignore[misc]  # the library ships no types
    """Plain text assigned to it is encrypted when saved; a `Ciphertext` is stored as it is.

    Never part of a form or a dump.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return value.stored if isinstance(value, Ciphertext) else crypto.encrypt(str(value))

    def to_python(self, value: Any) -> Any:
        # Never guesses whether text is encrypted: what comes from a form or fixture is plain.
        return value if isinstance(value, Ciphertext) else models.TextField.to_python(self, value)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return models.TextField.clean(self, value, model_instance)

    def formfield(self, **kwargs: Any) -> None:
        return None

    def value_to_string(self, obj: models.Model) -> str:
        return ""
