"""The one error of backups. Its message is a sentence for the operator and says what to do next."""

from __future__ import annotations


class BackupProblem(Exception):
    """Nothing was changed, unless the message says so."""
