"""What is kept or told in English is read in the language of each page."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from chat.models import Generation, Message, QueuedMessage
from chat.numbers import grouped, megabytes
from chat.protocol import SIGNED_OUT, ConversationFrame, Pong, WaitsView
from chat.runner import Runner
from chat.services import advice, announcements, errors, generations, release, thread
from chat.services.wording import said, worded
from sessions_app.models import ProviderSession
from tests.chat.page import Reader, open_page
from tests.chat.rows import new_message, queue
from tests.chat.stored import stored
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
ADVICE = "Change the message or choose another model, then send it again."


def test_a_refusal_is_in_the_language_of_whoever_asks(brackets: str) -> None:
    with translation.override(brackets):
        refusal = errors.PromptEmpty()
    assert refusal.message == str(refusal) == "⟦Write a message first.⟧"
    assert errors.PromptEmpty().message == "Write a message first."


def test_signed_out_is_said_in_the_language_of_the_request(brackets: str) -> None:
    answer = Client().post(reverse("chat:send"), headers={"accept-language": brackets})
    assert answer.json()["message"] == f"⟦{SIGNED_OUT.message}⟧"
    assert Client().post(reverse("chat:send")).json()["message"] == SIGNED_OUT.message


def test_nothing_is_made_of_no_sentence(brackets: str) -> None:
    with translation.override(brackets):
        assert said("") == ""
        assert worded(Pong(ref="1")) == Pong(ref="1")


def test_numbers_are_written_as_the_reader_does(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    assert (grouped(1_234_567), megabytes(12_345_678), megabytes(999)) == ("1,234,567", "12.3 MB", "0.0 MB")
    with translation.override("de"):
        assert (grouped(1_234_567), megabytes(2_345_678_901)) == ("1.234.567", "2.345,7 MB")


async def test_each_page_reads_in_its_own_language_why_an_answer_failed(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator, brackets: str
) -> None:
    upstream.set(fault="bad_request", delay=0.2)
    async with open_page(owner, language=brackets) as bracketed, open_page(owner, language="en") as english:
        sent = await bracketed.ask(session)
        generation = sent["generation"]
        waiting = await bracketed.ask(session, "Next", conversation=sent["conversation"])
        assert waiting["state"] == "queued"
        for page, words in ((bracketed, f"⟦{ADVICE}⟧"), (english, ADVICE)):
            await page.attach(generation)
            reader = await page.read(Reader())
            assert reader.ended is not None
            assert reader.ended["error"]["advice"] == words
        failed = "Waiting for you, because the answer before failed."
        for page, words in ((bracketed, f"⟦{failed}⟧"), (english, failed)):
            state = await page.state(lambda one: one["waits"] and one["waits"]["code"] == "failed")
            assert state["waits"]["message"] == words
    found = await stored(generation)
    assert ADVICE in found.error_json


def test_a_stored_failure_gets_its_words_when_it_is_shown(
    owner: User, session: ProviderSession, brackets: str
) -> None:
    started = queue(owner, session)
    why = "The server stopped while this answer was being written."
    facts = advice.facts("interrupted", why)
    shown = []
    Generation.objects.filter(pk=started.generation.pk).update(
        status="interrupted", error_json=msgspec.json.encode(facts).decode()
    )
    for language in (brackets, "en"):
        with translation.override(language):
            error = thread.messages_of(started.conversation)[-1].error
            shown.append(error.message if error else "")
    assert shown == [f"⟦{why}⟧", why]


def test_a_refusal_in_the_queue_is_stored_in_english_and_read_in_any_language(
    owner: User, session: ProviderSession, brackets: str
) -> None:
    conversation = queue(owner, session).conversation
    generations.start(owner, new_message(session, "Second", conversation_id=conversation.pk))
    Generation.objects.update(status="complete")
    Message.objects.update(status="complete")
    User.objects.filter(pk=owner.pk).update(is_active=False)
    with translation.override(brackets):
        release.release(conversation.pk)
        state = worded(announcements.frame_of(conversation))
    assert QueuedMessage.objects.get().refused_why == "This account was deactivated."
    assert isinstance(state, ConversationFrame)
    assert state.waits == WaitsView(
        code="refused",
        message="⟦Waiting for you.⟧ ⟦This account was deactivated.⟧",
        why="⟦This account was deactivated.⟧",
    )
