"""A long conversation in stretches: the newest messages first, then what leads to them, each once."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Conversation, Message
from chat.parts import encode_parts
from chat.services import thread
from chat.services.errors import MessageGone
from providers.messages import TextPart

pytestmark = pytest.mark.django_db


def talk(owner: User, *, messages: int) -> Conversation:
    """A conversation in which questions and answers alternate, numbered from 0."""
    conversation = Conversation.objects.create(owner=owner, title="Long")
    last = None
    for number in range(messages):
        parts = encode_parts((TextPart(text=f"number {number}"),))
        role = "assistant" if number % 2 else "user"
        last = Message.objects.create(conversation=conversation, role=role, parts_json=parts, parent=last)
    return conversation


def texts(stretch: thread.Stretch) -> list[str]:
    return [view.text for view in stretch.messages]


def test_stretches_follow_each_other_without_gap_or_repetition(owner: User) -> None:
    conversation = talk(owner, messages=25)
    stretch = thread.newest_of(conversation, window=10)
    found, left = texts(stretch), [stretch.earlier]
    while stretch.earlier:
        stretch = thread.before(conversation, int(stretch.messages[0].id), window=10)
        found, left = texts(stretch) + found, [*left, stretch.earlier]
    assert found == [f"number {number}" for number in range(25)]
    assert left == [15, 5, 0]


def test_what_leads_to_a_message_of_another_branch_is_on_that_branch(owner: User) -> None:
    conversation = talk(owner, messages=4)
    second = Message.objects.all()[1]
    other = Message.objects.create(
        conversation=conversation,
        role="user",
        parent=second,
        parts_json=encode_parts((TextPart(text="other"),)),
    )
    assert texts(thread.before(conversation, other.pk)) == ["number 0", "number 1"]


def test_a_message_of_another_conversation_leads_nowhere(owner: User) -> None:
    conversation, other = talk(owner, messages=2), talk(owner, messages=2)
    with pytest.raises(MessageGone):
        thread.before(conversation, int(thread.newest_of(other).messages[0].id))


def test_the_door_gives_markup_and_says_how_many_are_left(owner: User, client: Client) -> None:
    conversation = talk(owner, messages=6)
    first = Message.objects.first()
    client.force_login(owner)
    path = reverse("chat:earlier", args=[conversation.pk])
    page = client.get(path, {"before": first.pk + 4 if first else 0}).content.decode()
    assert re.findall(r"number \d", page) == ["number 0", "number 1", "number 2", "number 3"]
    assert 'data-earlier="0"' in page


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "0", "9" * 400, "٣", "\x00", "1 or 1=1"])
def test_the_door_takes_nonsense_for_a_message_that_is_not_there(
    owner: User, client: Client, before: str
) -> None:
    client.force_login(owner)
    path = reverse("chat:earlier", args=[talk(owner, messages=2).pk])
    assert client.get(path, {"before": before}).status_code == 404


def test_a_longer_conversation_costs_no_more_queries(owner: User, client: Client) -> None:
    client.force_login(owner)
    counted = []
    for messages in (20, 60):
        conversation = talk(owner, messages=messages)
        last = thread.newest_of(conversation).messages[-1].id
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("chat:earlier", args=[conversation.pk]), {"before": last})
        counted.append(len(queries))
    assert counted[0] == counted[1]
