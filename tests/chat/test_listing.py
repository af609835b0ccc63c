"""The list of conversations: pinned on top, archived ones away, older ones on demand, each seen once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation
from chat.services import conversations, generations, listing
from chat.services.listing import Cursor
from sessions_app.models import ProviderSession
from tests.chat.rows import new_message, queue

pytestmark = pytest.mark.django_db(transaction=True)


def add(owner: User, session: ProviderSession | None, count: int) -> list[Conversation]:
    """The newest first; some of the same moment."""
    now = timezone.now()
    rows = [
        Conversation(
            owner=owner,
            title=f"number {number}",
            session=session,
            updated_at=now - timedelta(minutes=number // 2),
        )
        for number in range(count)
    ]
    return Conversation.objects.bulk_create(rows)


def test_pinned_ones_come_first_however_old_they_are(owner: User, session: ProviderSession) -> None:
    rows = add(owner, session, 6)
    conversations.pin(owner, rows[5].pk, wanted=True)
    conversations.pin(owner, rows[4].pk, wanted=True)
    listed = listing.list_conversations(owner, limit=3)
    assert [row.title for row in listed.rows[:2]] == ["number 4", "number 5"]
    assert [row.pinned for row in listed.rows] == [True, True, False, False, False]
    conversations.pin(owner, rows[4].pk, wanted=False)
    assert [row.title for row in listing.list_conversations(owner).rows if row.pinned] == ["number 5"]


def test_archived_ones_are_off_the_list_until_somebody_writes(owner: User, session: ProviderSession) -> None:
    started = queue(owner, session)
    conversations.pin(owner, started.conversation.pk, wanted=True)
    conversations.archive(owner, started.conversation.pk, wanted=True)
    assert listing.list_conversations(owner).rows == ()
    assert [row.id for row in listing.archived(owner).rows] == [started.conversation.pk]
    waits = new_message(session, "And Italy?", conversation_id=started.conversation.pk)
    generations.start(owner, waits)  # behind the answer that is being written
    assert [row.id for row in listing.list_conversations(owner).rows] == [started.conversation.pk]
    assert listing.archived(owner).rows == ()


def test_older_ones_come_on_demand_each_once(owner: User, stranger: User, session: ProviderSession) -> None:
    rows = add(owner, session, 25)
    add(stranger, None, 3)
    conversations.pin(owner, rows[20].pk, wanted=True)
    seen, part = [], listing.older(owner, before=None, limit=10)
    seen += part.rows
    Conversation.objects.create(owner=owner, title="came meanwhile")
    while part.older:
        part = listing.older(owner, before=part.older, limit=10)
        seen += part.rows
    titles = [row.title for row in seen]
    assert titles[0] == "number 20"
    assert sorted(titles) == sorted(row.title for row in rows)


def test_the_list_can_be_that_of_one_payer(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    add(owner, session, 3)
    [theirs] = add(owner, other_session, 1)
    found = listing.older(owner, before=None, session_id=other_session.pk)
    assert [row.id for row in found.rows] == [theirs.pk]
    part = listing.older(owner, before=None, session_id=session.pk, limit=2)
    assert part.older is not None
    assert len(listing.older(owner, before=part.older, session_id=session.pk).rows) == 1


def test_the_door_gives_the_rows_and_where_to_go_on(
    client: Client, owner: User, session: ProviderSession
) -> None:
    add(owner, session, listing.LIST_LIMIT + 1)
    client.force_login(owner)
    page = client.get(reverse("chat:home"))
    assert page.context["bootstrap"]["older"]
    answer = client.get(reverse("chat:older"), {"before": page.context["bootstrap"]["older"]}).json()
    assert [row["title"] for row in answer["rows"]] == [f"number {listing.LIST_LIMIT}"]
    assert answer["rows"][0]["session"]["initials"] == "PC"
    assert answer["older"] == ""
    answer = client.get(reverse("chat:older"), {"session": str(uuid.uuid4())}).json()
    assert answer == {"rows": [], "older": ""}


HEX = "7f00000100004000800000000000000a"
NONSENSE = {
    "x": "x",
    "empty": ".",
    "no id": "1.x",
    "too late": f"{'9' * 40}.{HEX}",
    "too many digits": f"{'9' * 5000}.{HEX}",
    "nul": "1.\x00",
}


@pytest.mark.parametrize("before", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("path", ["older", "archived"])
def test_nonsense_for_a_cursor_gets_a_sentence(client: Client, owner: User, path: str, before: str) -> None:
    client.force_login(owner)
    answer = client.get(reverse(f"chat:{path}"), {"before": before})
    assert answer.status_code == 400
    assert "Reload" in answer.content.decode()
    assert client.get(reverse("chat:older"), {"session": before}).status_code == 400


def test_a_cursor_is_read_as_it_was_written() -> None:
    cursor = Cursor(timezone.now(), uuid.uuid4())
    assert Cursor.parse(str(cursor)) == cursor
    assert Cursor.parse("") is None


@pytest.mark.parametrize("path", ["pin", "archive"])
@pytest.mark.parametrize("value", ["", "2", "on", "\x00"], ids=["none", "2", "on", "nul"])
def test_a_switch_is_on_or_off(
    client: Client, owner: User, session: ProviderSession, path: str, value: str
) -> None:
    started = queue(owner, session)
    client.force_login(owner)
    url = reverse(f"chat:{path}", args=[started.conversation.pk])
    assert client.post(url, {"on": value}).status_code == 400
    assert client.post(url, {"on": "1"}).status_code == 302
    changed = Conversation.objects.get()
    assert (changed.pinned_at or changed.archived_at) is not None
    client.post(url, {"on": "0"})
    changed = Conversation.objects.get()
    assert (changed.pinned_at, changed.archived_at) == (None, None)


@pytest.mark.parametrize("path", ["home", "older", "archived"])
def test_no_list_asks_more_when_it_has_grown(
    client: Client, owner: User, session: ProviderSession, path: str
) -> None:
    client.force_login(owner)
    counts = []
    for _ in range(2):
        for number, row in enumerate(add(owner, session, 30)):
            if number % 3 == 1:
                conversations.pin(owner, row.pk, wanted=True)
            if number % 3 == 2:
                conversations.archive(owner, row.pk, wanted=True)
        client.get(reverse(f"chat:{path}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"chat:{path}"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
