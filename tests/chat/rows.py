"""Short ways to the rows of a chat."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User

from chat.log import Ended, EventLog
from chat.services import generations
from chat.services.generations import NewMessage
from chat.services.runs import Claimed, RunWrite
from chat.services.turns import Started
from providers.limits import Limit
from sessions_app.models import ProviderSession

QUESTION = "What is the capital of France?"


def new_message(session: ProviderSession, text: str = QUESTION, **changes: Any) -> NewMessage:
    ids = {"conversation_id": uuid.uuid4(), "client_id": uuid.uuid4(), **changes}
    return NewMessage(text=text, session_id=session.pk, **ids)


def queue(owner: User, session: ProviderSession, text: str = QUESTION, **changes: Any) -> Started:
    """A stored message whose run waits for a runner."""
    started = generations.start(owner, new_message(session, text, **changes))
    assert isinstance(started, Started)
    return started


def last_write(claimed: Claimed, log: EventLog, ended: Ended, limits: tuple[Limit, ...] = ()) -> RunWrite:
    """What a run of this log wants written when it ends."""
    log.end(ended)
    rows = log.flush()
    return RunWrite(
        generation_id=claimed.generation_id,
        epoch=claimed.epoch,
        rows=rows,
        seq=rows[-1].seq,
        parts_json="[]",
        ended=ended,
        limits=limits,
    )
