"""One installation for one test: its rows, its processes, its provider; and what must be true of it at any time."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from providers import pkce
from providers.credentials import OAuthTokens, Secret
from providers.interface import OAuth
from providers.simulator.grants import DEFAULT_SCOPE, AuthorizationRequest
from sessions_app.document import unseal
from sessions_app.models import ProviderSession
from sessions_app.services import store, tokens
from sessions_app.services.providers import get_provider, require_oauth
from tests.reliability import roles
from tests.reliability.roles import Place
from tests.support.simulator import CLIENT_ID, RunningSimulator
from tests.system.servers import clean_environment

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.reliability.roles"])


class World:
    """`place` tells processes where they work; `upstream` is the provider."""

    def __init__(self, upstream: RunningSimulator, folder: str, owner: User) -> None:
        self.upstream = upstream
        self.owner = owner
        self.place = Place(_database(), upstream.url, folder)
        self._started: list[ForkServerProcess] = []

    def sessions(self, count: int, *, expired: bool = True) -> list[UUID]:
        """Connected sessions whose access has ended a minute ago, or has just begun."""
        now = timezone.now()
        issued_at = now - timedelta(hours=8, minutes=1) if expired else now
        rows = []
        for _ in range(count):
            id_ = uuid4()
            held = self.log_in(issued_at + timedelta(hours=8))
            columns = store.new_columns(id_, held, now=issued_at)
            if expired:
                columns["refresh_at"] = now - timedelta(minutes=1)  # due lately, not a backlog
            names = {"owner": self.owner, "provider": "simulator", "auth_type": "oauth", "name": id_.hex}
            rows.append(ProviderSession(id=id_, status="active", cred_version=1, **names, **columns))
        ProviderSession.objects.bulk_create(rows)
        return [row.id for row in rows]

    def start(self, role: Callable[..., None], *arguments: Any, **changes: Any) -> ForkServerProcess:
        """A process of its own that does `role(place, *arguments)`; `changes` are the place's."""
        process = _context.Process(target=role, args=(replace(self.place, **changes), *arguments))
        process.start()
        self._started.append(process)
        return process

    def kill_at_random(self, sessions: Sequence[UUID], *, within_s: float) -> None:
        """A process that refreshes without end is killed a random time, of `within_s` at most, after it began."""
        begun = _context.Event()
        victim = self.start(roles.refresh_forever, sessions, begun, hurry=True)
        assert begun.wait(roles.PATIENT_S)
        victim.join(random.uniform(0, within_s))
        assert victim.exitcode is None
        victim.kill()
        victim.join(10)

    def ask(self, role: Callable[..., None], each: list[tuple[Any, ...]], **changes: Any) -> list[Any]:
        """Several processes at once, one for each tuple of arguments; what each sent back."""
        pipes = [multiprocessing.Pipe(duplex=False) for _ in each]
        processes = [
            self.start(role, *arguments, writer, **changes)
            for arguments, (_, writer) in zip(each, pipes, strict=True)
        ]
        for _, writer in pipes:
            writer.close()
        answers = [reader.recv() for reader, _ in pipes]
        for process in processes:
            process.join(roles.PATIENT_S)
            assert process.exitcode == 0
        return answers

    def environment(self, **extra: str) -> dict[str, str]:
        """Of a server or worker as an operator starts it, on the test's database and provider."""
        return clean_environment(
            Path(self.place.folder),
            SECRET_KEY=settings.SECRET_KEY,
            SALT_KEY=settings.SALT_KEY[0],
            DATABASE_URL=database_url(),
            DJANGO_SETTINGS_MODULE="maestro.settings",
            MAESTRO_SIMULATOR="1",
            MAESTRO_SIMULATOR_BASE_URL=self.upstream.url,
            **extra,
        )

    def tokens_of(self, session: UUID) -> OAuthTokens:
        return held_by(ProviderSession.objects.get(id=session))

    def works(self, session: UUID) -> bool:
        """Whether the provider takes what the row holds, and trades it once more."""
        if not self.upstream.app.grants.accepts(self.tokens_of(session).access_token.reveal()):
            return False
        return tokens.refresh_session(session, force=True).state == "refreshed"

    def oauth(self) -> OAuth:
        """The provider's token endpoint, without any of our care."""
        return require_oauth(get_provider("simulator"))

    def end(self) -> None:
        """Nothing outlives its test."""
        for process in self._started:
            if process.is_alive():
                process.kill()
            process.join(10)
            process.close()

    def log_in(self, expires_at: datetime) -> OAuthTokens:
        """A pair of a new login, without the two pages that a person would see."""
        grants, state = self.upstream.app.grants, "a-state-that-is-long-enough"
        verifier = pkce.new_verifier()
        code = grants.issue_code(
            AuthorizationRequest(
                client_id=CLIENT_ID,
                redirect_uri=self.upstream.redirect_uri,
                challenge=pkce.challenge_for(verifier),
                state=state,
                scope=DEFAULT_SCOPE,
            )
        )
        traded = grants.redeem(
            code, client_id=CLIENT_ID, redirect_uri=self.upstream.redirect_uri, verifier=verifier, state=state,
            expires_in=28_800,
        )  # fmt: skip
        return OAuthTokens(
            access_token=Secret(traded.access_token),
            refresh_token=Secret(traded.refresh_token),
            expires_at=expires_at,
        )


def held_by(row: ProviderSession) -> OAuthTokens:
    """The tokens in a row."""
    held = unseal(row.id, row.credentials)
    assert isinstance(held, OAuthTokens)
    return held


def _database() -> dict[str, Any]:
    """Where other processes find the test's own database."""
    return {
        key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    }


def database_url() -> str:
    """The same for a process that is configured by its environment."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    user = quote(found["USER"]) + (f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else "")
    return f"postgres://{user}@{found['HOST']}:{found['PORT'] or 5432}/{found['NAME']}"


def lease_of(seconds: float) -> timedelta:
    """How long a claim holds, for a test that waits for its end."""
    return timedelta(seconds=seconds)
