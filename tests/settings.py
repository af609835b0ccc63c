"""Settings of the tests: the product's own, with everything pinned that an environment could change."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

# One folder for each process, so that test runs side by side do not share a database.
_FOLDER = Path(tempfile.mkdtemp(prefix="maestro-tests-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

# Empty counts as not set, and keeps a developer's own `.env` out.
_EXAMPLE = (Path(__file__).parents[1] / ".env.example").read_text()
for _name in re.findall(r"^([A-Z_]+)=", _EXAMPLE, re.MULTILINE):
    os.environ[_name] = ""
for _name in [name for name in os.environ if re.match("MAESTRO_(?!TEST_)", name) and os.environ[name]]:
    del os.environ[_name]
os.environ.update(
    MAESTRO_DATA_DIR=str(_FOLDER),
    MAESTRO_SIMULATOR="1",
    MAESTRO_AUTO_TITLES="0",  # tests count calls; those of titles switch it on
    SECRET_KEY="tests-only-secret-key-which-is-long-enough-for-all-checks",
    SALT_KEY="tests-only-salt-key-which-is-long-enough",
    DEBUG="0",
    DATABASE_URL=os.environ.get("MAESTRO_TEST_DATABASE_URL", f"sqlite:///{_FOLDER / 'db.sqlite3'}"),
    REDIS_URL=os.environ.get("MAESTRO_TEST_CHANNEL_REDIS_URL", ""),
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    LOG_LEVEL="WARNING",
)

from maestro.settings import *  # noqa: E402, F403
from maestro.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _options = DATABASES["default"]["OPTIONS"]
    DATABASES = {
        "default": {
            **DATABASES["default"],
            # A file, because in-memory SQLite shared by threads answers "table is locked".
            "TEST": {"NAME": str(_FOLDER / "test.sqlite3")},
            # No test cuts the power, and waiting for the disk at each commit costs seconds.
            "OPTIONS": {**_options, "init_command": _options["init_command"] + "PRAGMA synchronous=OFF;"},
        }
    }
# Else every test client looks through all static files; tests/system has them served as in production.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
IS_TEST_PROCESS = True  # faults may be planted here, and nowhere else
