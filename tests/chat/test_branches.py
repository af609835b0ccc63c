"""Which branch of a conversation is shown: the chosen one, else the newest, down to where its reader left it."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chat.models import Conversation, Generation, Message
from chat.services import announcements, branches, queue, thread
from chat.services.errors import NotThere
from chat.services.turns import Payer, add_answer
from sessions_app.models import ProviderSession
from tests.chat.rows import queue as ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(owner: User) -> Conversation:
    return Conversation.objects.create(owner=owner, title="A tree")


def say(conversation: Conversation, after: Message | None, role: str) -> Message:
    return Message.objects.create(conversation=conversation, parent=after, role=role)


def pair(conversation: Conversation, after: Message | None = None) -> tuple[Message, Message]:
    asked = say(conversation, after, "user")
    return asked, say(conversation, asked, "assistant")


def shown(conversation: Conversation) -> list[int]:
    return branches.shown_ids(conversation.pk)


def test_without_a_choice_the_newest_message_and_what_leads_to_it_is_shown(
    conversation: Conversation,
) -> None:
    asked, _first = pair(conversation)
    second = say(conversation, asked, "assistant")
    assert shown(conversation) == [asked.pk, second.pk]
    assert branches.standing_of(conversation.pk) == (second.pk, "complete", False)
    assert shown(Conversation.objects.create(owner=conversation.owner, title="Empty")) == []


def test_a_sibling_is_shown_down_to_its_newest_message(owner: User, conversation: Conversation) -> None:
    asked, first = pair(conversation)
    below, end = pair(conversation, first)
    other = say(conversation, asked, "assistant")
    assert shown(conversation) == [asked.pk, other.pk]
    branches.show(owner, first.pk)
    assert shown(conversation) == [asked.pk, first.pk, below.pk, end.pk]
    assert [one.id for one in thread.messages_of(conversation)] == [str(pk) for pk in shown(conversation)]
    assert branches.end_of(conversation.pk) == end


def test_who_comes_back_to_a_branch_finds_what_was_shown_last_below_it(
    owner: User, conversation: Conversation
) -> None:
    asked, first = pair(conversation)
    _, early = pair(conversation, first)
    late = say(conversation, early.parent, "assistant")
    other = say(conversation, asked, "assistant")
    branches.show(owner, early.pk)
    branches.show(owner, other.pk)
    branches.show(owner, first.pk)
    assert shown(conversation)[-1] == early.pk
    branches.show(owner, late.pk)
    branches.show(owner, other.pk)
    branches.show(owner, first.pk)
    assert shown(conversation)[-1] == late.pk


def test_what_was_shown_last_may_be_gone_or_grown(owner: User, conversation: Conversation) -> None:
    asked, first = pair(conversation)
    _, early = pair(conversation, first)
    late = say(conversation, early.parent, "assistant")
    other = say(conversation, asked, "assistant")
    branches.show(owner, early.pk)
    branches.show(owner, other.pk)
    _, grown = pair(conversation, early)
    branches.show(owner, first.pk)
    assert shown(conversation)[-1] == grown.pk
    branches.show(owner, other.pk)
    early.delete()
    branches.show(owner, first.pk)
    assert shown(conversation)[-1] == late.pk


def test_a_choice_moves_the_revision_and_a_message_that_is_shown_changes_nothing(
    owner: User, conversation: Conversation
) -> None:
    asked, first = pair(conversation)
    say(conversation, asked, "assistant")
    branches.show(owner, first.pk)
    conversation.refresh_from_db()
    assert (conversation.revision, conversation.head) == (1, first)
    branches.show(owner, asked.pk)
    conversation.refresh_from_db()
    assert (conversation.revision, conversation.head) == (1, first)


def test_the_branch_of_another_user_is_not_there(stranger: User, conversation: Conversation) -> None:
    asked, first = pair(conversation)
    say(conversation, asked, "assistant")
    for message_id in (first.pk, 2**62):
        with pytest.raises(NotThere):
            branches.show(stranger, message_id)
    assert shown(conversation)[-1] != first.pk


def test_a_chosen_message_that_is_gone_gives_way_to_the_newest(
    owner: User, conversation: Conversation
) -> None:
    asked, first = pair(conversation)
    other = say(conversation, asked, "assistant")
    branches.show(owner, first.pk)
    first.delete()
    assert shown(conversation) == [asked.pk, other.pk]
    conversation.delete()
    assert not Message.objects.exists()


def finish(answer: Message) -> None:
    Message.objects.filter(pk=answer.pk).update(status="complete")
    Generation.objects.filter(message=answer).update(status="complete")


def test_a_new_message_follows_the_shown_branch_and_is_shown(owner: User, session: ProviderSession) -> None:
    first = ask(owner, session, "One")
    finish(first.message)
    payer = Payer(user=owner, session=session, model="simulator-small")
    assert first.user_message is not None
    other = add_answer(first.user_message, payer=payer, now=first.message.created_at)
    assert branches.end_of(first.conversation.pk) == other
    finish(other)
    branches.show(owner, first.message.pk)
    follow_up = ask(owner, session, "Two", conversation_id=first.conversation.pk)
    assert follow_up.user_message is not None
    assert follow_up.user_message.parent == first.message
    assert branches.end_of(first.conversation.pk) == follow_up.message


def test_a_conversation_is_being_answered_whichever_branch_is_shown(
    owner: User, session: ProviderSession
) -> None:
    first = ask(owner, session, "One")
    finish(first.message)
    payer = Payer(user=owner, session=session, model="simulator-small")
    assert first.user_message is not None
    other = add_answer(first.user_message, payer=payer, now=first.message.created_at)
    branches.show(owner, first.message.pk)
    first.conversation.refresh_from_db()
    state = announcements.frame_of(first.conversation)
    assert (state.newest, state.running) == (str(first.message.pk), True)
    standing = branches.standing_of(first.conversation.pk)
    assert queue.must_wait(first.conversation, standing, now=timezone.now())
    finish(other)
    standing = branches.standing_of(first.conversation.pk)
    assert not queue.must_wait(first.conversation, standing, now=timezone.now())


def test_a_page_on_another_branch_is_told_the_shown_one_from_where_they_part(
    owner: User, session: ProviderSession
) -> None:
    first = ask(owner, session, "One")
    finish(first.message)
    ids = {"conversation_id": first.conversation.pk}
    old = ask(owner, session, "Two", **ids)
    finish(old.message)
    assert first.user_message is not None
    payer = Payer(user=owner, session=session, model="simulator-small")
    other = add_answer(first.user_message, payer=payer, now=first.message.created_at)
    finish(other)
    after = str(old.message.pk)
    [began, state] = announcements.missed(owner.pk, first.conversation.pk, after)
    assert getattr(began, "after", None) == str(first.user_message.pk)
    assert getattr(state, "newest", None) == str(other.pk)
    branches.show(owner, first.message.pk)
    frames = announcements.missed(owner.pk, first.conversation.pk, str(other.pk))
    assert [getattr(one, "after", None) for one in frames[:-1]] == [
        str(first.user_message.pk),
        str(first.message.pk),
    ]
    with pytest.raises(NotThere):
        announcements.missed(owner.pk + 1, first.conversation.pk, uuid.uuid4().hex)
