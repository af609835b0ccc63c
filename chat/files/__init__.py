"""What an uploaded file is, found in its bytes alone. Plain Python: no database, no disk, and nothing is decoded.

Name and header of an upload say what its sender likes. `inspect` believes neither, walks the structure of the few
formats that providers take from end to end, and refuses everything else with a sentence for people.
"""

from __future__ import annotations

from chat.files.inspection import MEDIA_TYPES, PDF, Inspected, inspect
from chat.files.problems import FileRefused

__all__ = ["MEDIA_TYPES", "PDF", "FileRefused", "Inspected", "inspect"]
