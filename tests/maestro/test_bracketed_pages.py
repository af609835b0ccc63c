"""Pages in a language that brackets every message: what stands outside of brackets was marked nowhere."""

from __future__ import annotations

import re
from functools import reduce

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Generation, Message
from chat.parts import encode_parts
from providers.credentials import Secret
from providers.messages import TextPart
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.sessions_app.usage_rows import used
from tests.support.bracketing import LANGUAGE, outside_of_brackets
from tests.support.simulator import API_KEY, RunningSimulator
from tests.support.template_words import says_something

pytestmark = pytest.mark.django_db
# What people and providers call their things, and what providers say of themselves.
DATA = [
    *("olga", "work_claude", "WC", "home", "HO", "A question", "Paris"),
    *("Claude (Anthropic)", "GPT (OpenAI)", "Gemini (Google)", "claude-sonnet-5-5"),
    *("Simulator Large", "Simulator Small", "Simulator Thinking", "Simulator"),
    "No account is needed: use the key as it stands here.",
]


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("olga", password="a-long-password")


@pytest.fixture
def session(user: User, simulator: RunningSimulator, settings: Settings) -> ProviderSession:
    """One that works and was used, beside one that needs a login."""
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": simulator.url}}
    sessions.create_session(owner=user, provider="simulator", auth_type="oauth", name="home")
    made = sessions.create_session(
        owner=user, provider="simulator", auth_type="api_key", name="work_claude", api_key=Secret(API_KEY)
    )
    used(made)
    return made


@pytest.fixture
def conversation(session: ProviderSession) -> Conversation:
    """A question and an answer that failed."""
    made = Conversation.objects.create(owner=session.owner, title="A question", session=session)
    parts = encode_parts((TextPart(text="Paris"),))
    asked = Message.objects.create(conversation=made, role="user", parts_json=parts)
    answer = Message.objects.create(conversation=made, role="assistant", parts_json=parts, parent=asked)
    Generation.objects.create(message=answer, session=session, user=session.owner, status="failed")
    made.head = answer
    made.save()
    return made


@pytest.fixture
def reader(user: User, brackets: str) -> Client:
    client = Client(headers={"accept-language": brackets})
    client.force_login(user)
    return client


def words_of(client: Client, path: str, part: str = "<html.*</html>") -> list[str]:
    """What a page, or a part of it, says outside of brackets, without names of things."""
    answer = client.get(path)
    assert answer["Content-Language"] == LANGUAGE
    found = re.search(part, answer.content.decode(), re.DOTALL)
    assert found is not None
    assert "⟦" in found[0]
    bare = (
        reduce(lambda text, name: text.replace(name, ""), DATA, one) for one in outside_of_brackets(found[0])
    )
    return [one for one in bare if says_something(one)]


@pytest.mark.parametrize("name", ["chat:home", "chat:archived", "password_change", "sessions:list"])
def test_pages_say_nothing_outside_of_brackets(reader: Client, session: ProviderSession, name: str) -> None:
    assert words_of(reader, reverse(name)) == []


@pytest.mark.parametrize("name", ["add", "activity", "usage"])
def test_pages_of_sessions_say_nothing_outside_of_brackets(
    reader: Client, session: ProviderSession, name: str
) -> None:
    assert words_of(reader, reverse(f"sessions:{name}")) == []


@pytest.mark.parametrize("name", ["detail", "delete", "replace_key"])
def test_pages_of_a_session_say_nothing_outside_of_brackets(
    reader: Client, session: ProviderSession, name: str
) -> None:
    assert words_of(reader, reverse(f"sessions:{name}", args=[session.pk])) == []


@pytest.mark.parametrize("name", ["conversation", "usage"])
def test_pages_of_a_conversation_say_nothing_outside_of_brackets(
    reader: Client, conversation: Conversation, name: str
) -> None:
    assert words_of(reader, reverse(f"chat:{name}", args=[conversation.pk])) == []


def test_a_page_without_sessions_says_nothing_outside_of_brackets(reader: Client) -> None:
    assert words_of(reader, reverse("chat:home")) == []


def test_the_board_of_the_admin_says_nothing_outside_of_brackets(
    reader: Client, session: ProviderSession
) -> None:
    assert words_of(reader, reverse("admin:index"), '<section class="module board".*?</section>') == []


def test_nobody_reads_brackets_too(brackets: str) -> None:
    nobody = Client(headers={"accept-language": brackets})
    assert words_of(nobody, reverse("login")) == []


def test_what_stands_outside_is_found() -> None:
    page = "<p title='⟦a⟧ word'>⟦one <b>of them</b>⟧ two<code>X</code></p><input placeholder='three'>⟦⟦x⟧ y⟧"
    assert outside_of_brackets(page) == ["word", "two", "three"]
