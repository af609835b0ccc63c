"""Pages that have grown ask the database as often as small ones, and a message is stored in few statements."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Conversation, Generation, Message
from chat.parts import encode_parts
from chat.services import generations
from chat.services.generations import NewMessage
from chat.services.turns import Started
from providers.messages import TextPart
from sessions_app.models import ProviderSession

pytestmark = pytest.mark.django_db


def _conversation(owner: User, session: ProviderSession, turns: int) -> Conversation:
    conversation = Conversation.objects.create(owner=owner, title=f"{turns} turns", session=session)
    last = None
    for number in range(turns):
        parts = encode_parts((TextPart(text=f"turn {number}"),))
        asked = Message.objects.create(conversation=conversation, role="user", parts_json=parts, parent=last)
        last = Message.objects.create(
            conversation=conversation, role="assistant", parts_json=parts, parent=asked
        )
        Generation.objects.create(message=last, session=session, user=owner, status="complete")
    return conversation


def _queries(client: Client, path: str) -> int:
    client.get(path)  # what is asked once only
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.repeats
def test_a_long_conversation_asks_no_more_than_a_short_one(
    client: Client, owner: User, session: ProviderSession
) -> None:
    client.force_login(owner)
    paths = [
        reverse("chat:conversation", args=[_conversation(owner, session, turns).pk]) for turns in (2, 60, 120)
    ]
    short, long, longer = (_queries(client, path) for path in paths)
    assert longer == long
    assert long - short <= 1, "who paid before the part that is shown"


@pytest.mark.repeats
def test_a_long_list_asks_no_more_than_a_short_one(
    client: Client, owner: User, session: ProviderSession
) -> None:
    client.force_login(owner)
    for turns in (1, 1):
        _conversation(owner, session, turns)
    short = _queries(client, reverse("chat:home"))
    for _ in range(60):
        _conversation(owner, session, 1)
    assert _queries(client, reverse("chat:home")) == short


@pytest.mark.django_db(transaction=True)  # so that BEGIN and COMMIT count, as in the product
def test_a_message_is_stored_in_few_statements(owner: User, session: ProviderSession) -> None:
    """Each stands before the provider is asked."""

    def send(conversation_id: uuid.UUID) -> int:
        new = NewMessage(
            conversation_id=conversation_id,
            client_id=uuid.uuid4(),
            text="hello",
            session_id=session.pk,
            model="simulator-large",
        )
        with CaptureQueriesContext(connection) as queries:
            assert isinstance(generations.start(owner, new), Started)
        return len(queries)

    conversation_id = uuid.uuid4()
    assert send(conversation_id) <= 14
    Message.objects.update(status="complete")
    Generation.objects.update(status="complete")
    assert send(conversation_id) <= 19
