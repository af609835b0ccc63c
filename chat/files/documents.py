"""What can be told of a PDF without reading its pages: whether it is whole, and whether it is locked.

ISO 32000-1, 7.5 (file structure) and 7.6 (encryption).
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from chat.files.problems import FileRefused, broken

_TAIL = 2048  # readers look for the end in the last kilobyte; some writers add a line or two
# A trailer, or the dictionary of a cross-reference stream, refers to the encryption that way.
_LOCKED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")


def check_pdf(data: bytes) -> None:
    """Raises `FileRefused` for one that no provider could read."""
    tail = data[-_TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail or b" obj" not in data:
        raise broken("PDF")
    if _LOCKED.search(data):
        raise FileRefused(
            _("This PDF is encrypted, so no provider can read it. Save a copy without a password.")
        )
