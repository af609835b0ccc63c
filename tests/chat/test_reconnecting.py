"""A session that is connected again is the same one, with its conversations."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation
from chat.services import generations
from chat.services.errors import SessionNotUsable
from chat.services.generations import NewMessage
from providers.credentials import Secret
from sessions_app.models import ProviderSession
from sessions_app.services import sessions

pytestmark = pytest.mark.django_db


def message(session: ProviderSession, conversation: uuid.UUID) -> NewMessage:
    return NewMessage(
        conversation_id=conversation, client_id=uuid.uuid4(), text="Hello", session_id=session.pk, model="simulator-large"
    )  # fmt: skip


def test_conversations_stay_with_a_session_that_needed_a_login(owner: User, session: ProviderSession) -> None:
    started = generations.start(owner, message(session, uuid.uuid4()))
    generations.stop(owner.pk, started.generation.pk)
    ProviderSession.objects.update(status="needs_login", status_reason="key_rejected")
    with pytest.raises(SessionNotUsable):
        generations.start(owner, message(session, started.conversation.pk))
    sessions.replace_api_key(session, Secret("sk-sim-another-key-0002"))
    assert Conversation.objects.get().session == session
    again = generations.start(owner, message(session, started.conversation.pk))
    assert again.conversation == started.conversation
    assert again.message.session_name == started.message.session_name
