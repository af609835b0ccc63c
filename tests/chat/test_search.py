"""Search finds titles and messages of the user and nothing else, for any query, on SQLite and PostgreSQL."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.models import Conversation, Message, MessageText
from chat.parts import encode_parts
from chat.runner import Runner
from chat.services import conversations, deleting, indexing, messages, search, thread
from chat.services.excerpts import Pieces, excerpt, marked
from chat.services.search import Results, terms_of
from chat.threads import in_thread
from providers.messages import TextPart, ThinkingPart
from sessions_app.models import ProviderSession
from tests.chat.page import open_page
from tests.chat.stored import wait_for_status
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def say(owner: User, title: str, *texts: str, session: ProviderSession | None = None) -> Conversation:
    """A conversation with these messages, known to search."""
    conversation = Conversation.objects.create(owner=owner, title=title, session=session)
    parent = None
    for number, text in enumerate(texts):
        parent = Message.objects.create(
            conversation=conversation,
            parent=parent,
            role="assistant" if number % 2 else "user",
            parts_json=encode_parts((TextPart(text=text),)),
        )
    index()
    return conversation


def index() -> None:
    while indexing.index_pending():
        pass


def titles(results: Results) -> list[str]:
    return [one.conversation.title for one in results.found]


def lines(results: Results) -> list[str]:
    """Every hit, with the marked words in brackets."""
    return [line(hit.pieces) for one in results.found for hit in one.hits]


def line(pieces: Pieces) -> str:
    return "".join(f"[{text}]" if is_hit else text for text, is_hit in pieces)


@pytest.fixture
def said(owner: User) -> Conversation:
    return say(
        owner,
        "Stripe subscriptions",
        "How do webhooks work in a café?",
        "Stripe sends **webhooks** in any order, and more than once.",
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stripe", ["[Stripe] sends webhooks in any order, and more than once."]),
        ("STRIPE webhook", ["[Stripe] sends [webhooks] in any order, and more than once."]),
        ("order any", ["Stripe sends webhooks in [any] [order], and more than once."]),
        ('"any order"', ["Stripe sends webhooks in [any order], and more than once."]),
        ('"order any"', []),
        ("cafe", ["How do webhooks work in a [café]?"]),
        ("café wor", ["How do webhooks [work] in a [café]?"]),
        ("web", ["Stripe sends [webhooks] in any order, and more than once.", "How do [webhooks] work in a café?"]),
        ('"web"', []),
        ("hooks", []),
        ("stripe nowhere", []),
    ],
)  # fmt: skip
def test_all_words_must_be_there_and_the_last_one_may_be_a_beginning(
    owner: User, said: Conversation, query: str, found: list[str]
) -> None:
    assert lines(search.find(owner, query)) == found


def test_titles_are_found_and_come_first(owner: User, said: Conversation) -> None:
    say(owner, "Something else", "Only here the word subscriptions is said.")
    results = search.find(owner, "subscr")
    assert titles(results) == ["Stripe subscriptions", "Something else"]
    assert line(results.found[0].title) == "Stripe [subscriptions]"
    assert titles(search.find(owner, "stripe sub")) == ["Stripe subscriptions"]
    assert titles(search.find(owner, "ubscriptions")) == []


def test_a_new_title_is_found_and_the_old_one_no_more(owner: User, said: Conversation) -> None:
    conversations.rename(owner, said.pk, "Billing by the month")
    index()
    assert titles(search.find(owner, "billing")) == ["Billing by the month"]
    assert titles(search.find(owner, "subscriptions")) == []


def test_others_find_nothing(owner: User, stranger: User, said: Conversation) -> None:
    say(stranger, "Stripe of mine", "stripe")
    assert titles(search.find(stranger, "stripe")) == ["Stripe of mine"]
    assert titles(search.find(owner, "stripe")) == ["Stripe subscriptions"]


def test_deleted_ones_are_not_found_and_archived_ones_are(owner: User, said: Conversation) -> None:
    conversations.archive(owner, said.pk, wanted=True)
    assert titles(search.find(owner, "webhooks")) == ["Stripe subscriptions"]
    deleting.delete(owner, said.pk)
    assert titles(search.find(owner, "webhooks")) == []
    deleting.restore(owner, said.pk)
    assert titles(search.find(owner, "webhooks")) == ["Stripe subscriptions"]


def test_what_is_removed_leaves_the_index(owner: User, said: Conversation) -> None:
    say(owner, "Stays", "webhooks")
    [answer] = Message.objects.filter(conversation=said, role="assistant")
    messages.remove(owner, answer.pk, count=1)
    assert lines(search.find(owner, "order")) == []
    said.delete()
    assert titles(search.find(owner, "webhooks")) == ["Stays"]
    assert MessageText.objects.count() == 1


def test_only_one_payer_if_wanted(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    say(owner, "Personal", "invoice", session=session)
    say(owner, "Work", "invoice", session=other_session)
    assert titles(search.find(owner, "invoice", session_id=session.pk)) == ["Personal"]
    assert titles(search.find(owner, "invoice", session_id=uuid.uuid4())) == []


def test_the_newest_come_first_with_a_few_hits_each(owner: User) -> None:
    for number in range(5):
        say(owner, f"Talk {number}", *(["the same word"] * 4))
    results = search.find(owner, "same", limit=3)
    assert titles(results) == ["Talk 4", "Talk 3", "Talk 2"]
    assert results.more
    assert {len(one.hits) for one in results.found} == {3}
    assert not search.find(owner, "same", limit=5).more


def test_one_long_conversation_does_not_hide_the_others(owner: User) -> None:
    say(owner, "Old", "lighthouse")
    say(owner, "Long", *(["lighthouse"] * 400))
    assert titles(search.find(owner, "lighthouse")) == ["Long", "Old"]


def test_reasoning_is_not_searched(owner: User) -> None:
    conversation = Conversation.objects.create(owner=owner, title="t")
    parts = encode_parts((ThinkingPart(text="secretly"), TextPart(text="openly")))
    Message.objects.create(conversation=conversation, role="assistant", parts_json=parts)
    index()
    assert titles(search.find(owner, "openly")) == ["t"]
    assert titles(search.find(owner, "secretly")) == []


def test_scripts_without_spaces_are_found_inside(owner: User) -> None:
    say(owner, "旅行", "明日は東京に行く")
    assert lines(search.find(owner, "東京")) == ["明日は[東京]に行く"]
    assert lines(search.find(owner, "京東")) == []
    assert titles(search.find(owner, "行")) == ["旅行"]


def test_texts_of_any_size_are_indexed(owner: User) -> None:
    long = " ".join(f"w{number}" for number in range(60_000))
    wide = "\N{DESERET CAPITAL LETTER LONG I}" * 40 + " "
    other = " ".join(wide[:30] + chr(0x4E00 + number) + "a" * 9 for number in range(9000))
    say(owner, "Long", long, "\x00" + other, "x" * 2_000_000, "a " * 500_000)
    assert titles(search.find(owner, "w0")) == ["Long"]
    assert titles(search.find(owner, "w59999")) == ["Long"]
    assert titles(search.find(owner, "x" * 300)) == ["Long"]
    assert titles(search.find(owner, "a")) == ["Long"]


def test_a_message_that_cannot_be_read_keeps_nobody_waiting(owner: User) -> None:
    conversation = Conversation.objects.create(owner=owner, title="t")
    Message.objects.create(conversation=conversation, role="user", parts_json="{broken")
    say(owner, "Next", "after it")
    assert titles(search.find(owner, "after")) == ["Next"]


def test_two_processes_index_a_message_once(owner: User) -> None:
    say(owner, "Once", "twice?")
    Message.objects.update(is_indexed=False)  # as if another process had not seen it
    index()
    assert MessageText.objects.count() == 1
    assert len(search.find(owner, "twice").found[0].hits) == 1


async def test_what_is_said_is_found_when_the_answer_is_over(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        ack = await page.ask(session, "What is the capital of France?")
        await wait_for_status(ack["generation"], "complete")
    await in_thread(wait_until, lambda: search.find(owner, "paris").found)
    await in_thread(wait_until, lambda: search.find(owner, "capital").found)


def test_an_answer_that_is_being_written_is_not_indexed_yet(owner: User) -> None:
    conversation = Conversation.objects.create(owner=owner, title="t")
    Message.objects.create(
        conversation=conversation,
        role="assistant",
        status="streaming",
        parts_json=encode_parts((TextPart(text="half a"),)),
    )
    index()
    assert titles(search.find(owner, "half")) == []
    Message.objects.update(status="complete")
    index()
    assert titles(search.find(owner, "half")) == ["t"]


QUERIES = st.text(max_size=60) | st.lists(
    st.sampled_from(["AND", "OR", "NOT", "NEAR(", ")", '"', "'", "*", "^", ":", "-", "\\", "&", "|", "!", "<->", "\x00",
                     "stripe", "words:", "%", "_", "{", "café", "東京"]),
    max_size=12,
).map(" ".join)  # fmt: skip


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=QUERIES)
@example('"')
@example('""')
@example('" " "')
@example("\ud800")
@example("stripe" * 100)
@example(" ".join(["stripe"] * 100))
def test_no_query_is_an_error(owner: User, said: Conversation, query: str) -> None:
    results = search.find(owner, query)
    assert set(titles(results)) <= {"Stripe subscriptions"}
    assert bool(results.words) == bool(terms_of(query[: search.LONGEST_QUERY]))


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(min_size=1, max_size=80))
def test_whatever_was_said_is_found_by_its_own_words(owner: User, text: str) -> None:
    conversation = say(owner, "t", text)
    results = search.find(owner, text)
    assert not results.words or conversation.pk in {one.conversation.pk for one in results.found}
    conversation.delete()


def test_the_door_gives_pieces_and_links(client: Client, owner: User, said: Conversation) -> None:
    client.force_login(owner)
    answer = client.get(reverse("chat:search"), {"q": "Stripe"}).json()
    [found] = answer["found"]
    assert found["title"] == [["", False], ["Stripe", True], [" subscriptions", False]]
    [hit] = found["hits"]
    assert ["Stripe", True] in hit["pieces"]
    pk = Message.objects.get(role="assistant").pk
    assert hit["url"] == f"{reverse('chat:conversation', args=[said.pk])}?message={pk}"
    assert (answer["words"], answer["more"]) == (["stripe"], False)


@pytest.mark.parametrize("session", ["x", "\x00", "1" * 5000], ids=["x", "nul", "long"])
def test_a_payer_that_is_none_gets_a_sentence(client: Client, owner: User, session: str) -> None:
    client.force_login(owner)
    answer = client.get(reverse("chat:search"), {"q": "a", "session": session})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_frame")


def test_search_asks_no_more_when_there_is_more(owner: User, session: ProviderSession) -> None:
    counts = []
    for _ in range(2):
        for number in range(8):
            say(owner, f"Talk {number}", "one word", "another word", session=session)
        with CaptureQueriesContext(connection) as queries:
            for found in search.find(owner, "word").found:
                assert found.conversation.session
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_excerpt_is_a_line_around_the_first_hit() -> None:
    text = "\n".join(f"Line {number} of *many*." for number in range(200)) + " needle " + "tail " * 100
    pieces = excerpt(text, terms_of("needle"))
    shown = line(pieces)
    assert "[needle]" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "\n" not in shown
    assert "*" not in shown
    assert len(shown) < 200
    assert line(excerpt("short", terms_of("absent"))) == "short"
    assert excerpt("", terms_of("absent")) == ()
    assert line(marked("a b a", terms_of('"a"'))) == "[a] b [a]"


def test_a_link_to_a_message_is_for_the_page_of_its_conversation(
    client: Client, owner: User, said: Conversation
) -> None:
    client.force_login(owner)
    other = say(owner, "Another", "one")
    first = said.messages.order_by("pk")[0]
    url = reverse("chat:conversation", args=[said.pk])
    assert client.get(url, {"message": first.pk}).context["bootstrap"]["sought"] == str(first.pk)
    for nonsense in (other.messages.get().pk, "x", "-1", "9" * 30, "٣", "\x00"):
        shown = client.get(url, {"message": nonsense})
        assert (shown.status_code, shown.context["bootstrap"]["sought"]) == (200, None)


def test_a_message_before_the_window_is_shown_when_it_is_sought(owner: User) -> None:
    conversation = say(owner, "Long", *(f"message {number}" for number in range(12)))
    first = conversation.messages.order_by("pk")[1]
    assert len(thread.newest_of(conversation, window=5).messages) == 5
    sought = thread.newest_of(conversation, window=5, sought=first.pk)
    assert sought.messages[0].id == str(first.pk)
