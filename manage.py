#!/usr/bin/env python
"""Django's command line for Maestro: `manage.py serve`, `session`, `ask`, `e2e` and Django's own."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

INTERRUPTED, READER_GONE = 130, 141  # as a shell reports SIGINT and SIGPIPE

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a person can correct this, and needs no traceback for it
        sys.exit(f"Settings: {error}")
    except (
        KeyboardInterrupt
    ):  # a refresh that is under way is finished and stored first: it has a thread of its own
        sys.stderr.write("\nInterrupted.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_GONE)
