"""Short ways to the rows of a chat."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User

from chat.services import generations
from chat.services.generations import NewMessage
from chat.services.turns import Started
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
