"""Where another payer goes on is known for every branch, also of one whose beginning is not shown."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation, Generation, Message
from chat.services import thread
from sessions_app.models import ProviderSession
from sessions_app.services import sessions

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(owner: User) -> Conversation:
    return Conversation.objects.create(owner=owner, title="Two payers")


def turn(conversation: Conversation, session: ProviderSession, model: str = "large") -> None:
    """A question at the end, and its answer."""
    last = conversation.messages.order_by("pk").last()
    asked = Message.objects.create(conversation=conversation, parent=last, role="user")
    answer = Message.objects.create(
        conversation=conversation, parent=asked, role="assistant", session_name=session.name, model=model
    )
    Generation.objects.create(message=answer, session=session, user=conversation.owner, model=model)


def marks(conversation: Conversation, **how: int) -> list[bool]:
    answers = [one for one in thread.messages_of(conversation, **how) if one.role == "assistant"]
    return [one.is_handover for one in answers]


def test_another_session_and_another_model_are_marked(
    conversation: Conversation, session: ProviderSession, other_session: ProviderSession
) -> None:
    turn(conversation, session)
    turn(conversation, session)
    turn(conversation, other_session)
    turn(conversation, other_session, "small")
    turn(conversation, other_session, "small")
    assert marks(conversation) == [False, False, True, True, False]


def test_a_new_name_is_no_other_payer_and_a_deleted_one_is_known_by_its_name(
    conversation: Conversation, session: ProviderSession, other_session: ProviderSession
) -> None:
    turn(conversation, session)
    sessions.rename_session(session, "renamed")
    turn(conversation, ProviderSession.objects.get(pk=session.pk))
    assert marks(conversation) == [False, False]
    turn(conversation, other_session)
    turn(conversation, other_session)
    other_session.delete()
    assert marks(conversation) == [False, False, True, False]


def test_the_first_answer_that_is_shown_is_compared_with_the_one_before(
    conversation: Conversation, session: ProviderSession, other_session: ProviderSession
) -> None:
    turn(conversation, session)
    turn(conversation, other_session)
    assert marks(conversation, window=2) == [True]
    assert marks(conversation, window=1) == [True]
    turn(conversation, other_session)
    assert marks(conversation, window=2) == [False]
