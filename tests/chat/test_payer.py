"""A session that cannot pay says in words why, and what to do: on the chat page, and to whoever sends."""

from __future__ import annotations

import html
import json
import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation
from chat.services import generations
from chat.services.generations import NewMessage
from sessions_app.models import ProviderSession
from sessions_app.services import keys

pytestmark = pytest.mark.django_db(transaction=True)
# status, auth type, reason → what is said and what to do
STATES = {
    "login refused": ("needs_login", "oauth", "invalid_grant", "refused the refresh token", "Log in again"),
    "answer lost": ("needs_login", "oauth", "lost_response", "answer to a refresh was lost", "Log in again"),
    "key refused": ("needs_login", "api_key", "key_rejected", "no longer accepts the key", "Replace the key"),
    "on hold": ("quarantined", "oauth", "restored_copy", "restored or copied database", "The operator must confirm"),
    "unreadable": ("key_error", "api_key", "wrong_session", "belong to another session", "Ask the operator"),
}  # fmt: skip


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest, session: ProviderSession) -> tuple[str, str]:
    """The session is in one of these states; why, and what to do."""
    status, auth_type, reason, why, then = STATES[request.param]
    ProviderSession.objects.filter(id=session.id).update(
        status=status, auth_type=auth_type, status_reason=reason
    )
    return why, then


def page_of(user: User, path: str) -> str:
    browser = Client()
    browser.force_login(user)
    return html.unescape(browser.get(path).content.decode())


def send(user: User, session: ProviderSession) -> tuple[int, dict[str, str]]:
    browser = Client()
    browser.force_login(user)
    body = {
        "conversation": str(uuid.uuid4()), "client_id": str(uuid.uuid4()), "text": "Hello", "model": None,
        "session": str(session.id),
    }  # fmt: skip
    answer = browser.post(reverse("chat:send"), json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_the_chat_page_says_why_and_what_to_do(
    owner: User, session: ProviderSession, state: tuple[str, str]
) -> None:
    page = page_of(owner, reverse("chat:home"))
    assert all(words in page for words in state)
    # The banner at the top says it too, or has the button that does it.
    banner = page.split('<aside class="attention"')[1].split("</aside>")[0]
    assert state[0] in banner
    assert state[1] in banner or "Reconnect" in banner or "Replace the key" in banner


def test_who_sends_is_told_and_nothing_is_stored(
    owner: User, session: ProviderSession, state: tuple[str, str]
) -> None:
    code, answer = send(owner, session)
    assert (code, answer["code"]) == (409, "session_unavailable")
    assert all(words in answer["message"] for words in (session.name, *state, "Or choose another session."))
    assert not Conversation.objects.exists()


def test_wrong_keys_are_told_to_who_sends(owner: User, session: ProviderSession, settings: Settings) -> None:
    keys.require_fit()
    settings.SALT_KEY = ["another-salt"]
    code, answer = send(owner, session)
    assert (code, answer["code"]) == (409, "session_unavailable")
    assert "Cannot be read: the server's keys do not fit. Nothing was deleted." in answer["message"]
    assert "Ask the operator to check the keys" in answer["message"]
    session.refresh_from_db()
    assert session.status == "active"


def test_a_conversation_keeps_its_payer_in_mind_when_it_cannot_answer(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    """The page needs both: who answered, to say why it does not now; and the other, to say that it pays instead."""
    message = NewMessage(
        conversation_id=uuid.uuid4(), client_id=uuid.uuid4(), text="Hello", session_id=session.id,
        model="simulator-large",
    )  # fmt: skip
    started = generations.start(owner, message)
    generations.stop(owner.pk, started.generation.pk)
    ProviderSession.objects.filter(id=session.id).update(status="needs_login", status_reason="key_rejected")
    page = page_of(owner, reverse("chat:conversation", args=[started.conversation.pk]))
    bootstrap = json.loads(page.split('id="bootstrap" type="application/json">')[1].split("</script>")[0])
    assert bootstrap["session"] == str(session.id)
    usable = {face["name"]: face["usable"] for face in bootstrap["sessions"]}
    assert usable == {session.name: False, other_session.name: True}
