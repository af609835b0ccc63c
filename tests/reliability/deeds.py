"""What happens to sessions in the state machine, step by step; when, and what must hold then, is in test_machine.py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from uuid import UUID

from django.db import OperationalError
from django.utils import timezone

from providers.credentials import OAuthTokens
from sessions_app.errors import SessionUnavailable
from sessions_app.models import ProviderSession
from sessions_app.services import sessions, store
from tests.reliability.world import World


class Crash(BaseException):
    """The process ends here: nothing of what it would have done next happens."""


def crash() -> None:
    raise Crash


def no_database() -> None:
    raise OperationalError("the database is away")


class Deeds:
    """In `world`; `revoked` are the sessions whose credentials their owner gave up."""

    world: World
    revoked: set[UUID]

    def end_access(self) -> None:
        past = timezone.now() - timedelta(minutes=1)
        ProviderSession.objects.filter(auth_type="oauth", expires_at__isnull=False).update(
            expires_at=past, refresh_at=past
        )

    def come_due(self) -> None:
        """Time passes: access has ended, and so has every wait for another try."""
        self.end_access()
        ProviderSession.objects.update(next_attempt_at=None)

    def log_in(self, session: UUID) -> OAuthTokens:
        given = self.world.log_in(timezone.now() + timedelta(hours=8))
        store.save_login(session, credentials=given, now=timezone.now())
        self.revoked.discard(session)
        return given

    def forget(self, session: UUID) -> None:
        sessions.revoke_session(ProviderSession.objects.get(id=session))
        self.revoked.add(session)

    def provider_says(self, answer: str) -> ExitStack:
        self.world.upstream.set(token_fault=answer)
        stack = ExitStack()
        stack.callback(self.world.upstream.set, token_fault="")
        return stack

    def attempt(self, work: Callable[[], object]) -> None:
        with suppress(Crash, OperationalError, SessionUnavailable):
            work()
