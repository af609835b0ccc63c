"""A database from before search: what it holds is found once it is migrated and a server has looked after it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.servers import ROOT, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.once]
BEFORE = "0011_attachments"
# In one process, because starting each takes as long as its work.
FILL = f"""
from django.core.management import call_command
call_command("migrate", "chat", "{BEFORE}", verbosity=0)
call_command("migrate", "auth", verbosity=0)
from django.db import connection
from django.contrib.auth.models import User
owner = User.objects.create_user("owner")
rows = (
    "INSERT INTO chat_conversation (id, owner_id, title, title_is_chosen, model, settings_json, created_at, updated_at,"
    " changed_at, revision) VALUES ('7f000001000040008000000000000001', %s, 'An old talk', 0, '', '{{}}',"
    " '2026-01-01', '2026-01-01', '2026-01-01', 0)" % owner.pk,
    "INSERT INTO chat_message (conversation_id, role, parts_json, status, upto_seq, session_name, session_initials,"
    " session_color, model, created_at) VALUES ('7f000001000040008000000000000001', 'user',"
    " '[{{\\"type\\":\\"text\\",\\"text\\":\\"said long ago\\"}}]', 'complete', 0, '', '', 1, '', '2026-01-01')",
)
with connection.cursor() as cursor:
    for row in rows:
        cursor.execute(row)
"""
LOOK = """
from django.contrib.auth.models import User
from chat.services import indexing, search
owner = User.objects.get()
assert search.find(owner, "said").found == ()
while indexing.index_pending():
    pass
assert len(search.find(owner, "said lon").found[0].hits) == 1
assert len(search.find(owner, "old").found) == 1
"""


def test_what_was_said_before_is_found_after_the_migration(tmp_path: Path) -> None:
    def manage(*arguments: str, code: str = "") -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=clean_environment(tmp_path),
            input=code,
            text=True,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    manage("shell", "-v", "0", code=FILL)
    manage("migrate", "-v", "0")
    manage("shell", "-v", "0", code=LOOK)
