"""The page of what one conversation cost, also when it changed its payer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from sessions_app.models import ProviderSession
from tests.chat.rows import queue
from tests.sessions_app.usage_rows import text_of, used

pytestmark = pytest.mark.django_db


def test_a_conversation_says_what_it_cost_and_who_paid(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    conversation = queue(owner, session).conversation
    used(session, conversation_id=conversation.pk, cost=Decimal("1.10"))
    used(other_session, conversation_id=conversation.pk, cost=Decimal("0.10"), is_partial=True)
    used(session)  # of another conversation
    client = Client()
    client.force_login(owner)
    page = text_of(client.get(reverse("chat:usage", args=[conversation.pk])).content)
    assert "at least $1.20 · 76,240 tokens in 2 answers" in page
    assert "personal_claude $1.10" in page
    assert "work_claude at least $0.10" in page
    chat = client.get(reverse("chat:conversation", args=[conversation.pk])).content.decode()
    assert 'data-path="usage/"' in chat  # the menu, which serves every conversation of the list


def test_a_strangers_conversation_is_not_there(owner: User, stranger: User, session: ProviderSession) -> None:
    conversation = queue(owner, session).conversation
    client = Client()
    client.force_login(stranger)
    assert client.get(reverse("chat:usage", args=[conversation.pk])).status_code == 404
