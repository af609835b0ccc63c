"""Makes a database with signed-in users, each with a session; prints their cookies and sessions as JSON.

Run by `benchmarks.servers` with the environment of the server: python -m benchmarks.prepare USERS
"""

from __future__ import annotations

import os
import sys
from uuid import uuid4

import msgspec

from benchmarks.readers import Who


def prepare(users: int) -> list[Who]:
    """Users `reader-0…`, one session each, logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from providers.credentials import ApiKeyCredential, Secret
    from sessions_app.document import seal
    from sessions_app.models import ProviderSession

    found = []
    for number in range(users):
        user = User.objects.create(username=f"reader-{number}", password="!unusable")
        session_id = uuid4()
        ProviderSession.objects.create(
            id=session_id, owner=user, provider="anthropic", auth_type="api_key", name="bench", status="active",
            cred_version=1, credentials=seal(session_id, ApiKeyCredential(Secret("sk-ant-bench"))),
        )  # fmt: skip
        login = SessionStore()
        login[SESSION_KEY] = str(user.pk)
        login[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        login[HASH_SESSION_KEY] = user.get_session_auth_hash()
        login.create()
        found.append(Who(cookie=login.session_key or "", session=str(session_id)))
    return found


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "maestro.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    sys.stdout.buffer.write(msgspec.json.encode(prepare(int(sys.argv[1]))))
