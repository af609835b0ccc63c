"""Why a file is not taken."""

from __future__ import annotations

from django.utils.translation import gettext as _


class FileRefused(Exception):
    """`message` is a sentence for its owner, without the file's name, that says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def broken(kind: str) -> FileRefused:
    """Its structure does not hold, or it ends too early."""
    return FileRefused(
        _("It begins like a %(kind)s, but is damaged or cut off. Save it again and attach that.")
        % {"kind": kind}
    )
