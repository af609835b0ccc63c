"""What a message would use: counted by the provider, with everything that is sent along, and stored nowhere."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Message
from chat.protocol import SettingsChange
from chat.services import estimating, uploading
from chat.services.chat_settings import change
from providers.model_info import Price
from sessions_app.models import ProviderSession
from tests.chat.conftest import session_of
from tests.chat.rows import queue
from tests.support.simulator import RunningSimulator
from tests.support.uploads import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(settings: Settings, tmp_path: Path) -> None:
    settings.MAESTRO_DATA_DIR = tmp_path
    cache.clear()


def ask(user: User, session: ProviderSession, text: str = "word " * 100, **changes: Any) -> tuple[int, Any]:
    client = Client()
    client.force_login(user)
    body = {"conversation": uuid.uuid4(), "text": text, "session": session.pk, **changes}
    body = {key: value if isinstance(value, list | dict) else str(value) for key, value in body.items()}
    answer = client.post(reverse("chat:estimate"), body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_new_message_is_counted_and_nothing_is_stored(owner: User, session: ProviderSession) -> None:
    status, found = ask(owner, session)
    assert (status, found["tokens"], found["cost"]) == (200, 125, None)
    assert not Conversation.objects.exists()


def test_history_settings_and_files_are_part_of_it(owner: User, session: ProviderSession) -> None:
    started = queue(owner, session, "x" * 400)
    change(owner, started.conversation.pk, SettingsChange(system="y" * 40))
    file = uploading.store(owner, name="a.png", data=sample("drawing.png"))
    here = {"conversation": started.conversation.pk}
    assert ask(owner, session, "z" * 80, **here)[1]["tokens"] == 100 + 10 + 20
    with_file = ask(owner, session, "z" * 80, attachments=[str(file.pk)], **here)[1]["tokens"]
    assert with_file == 100 + 10 + 20 + 1500
    assert Message.objects.count() == 2


def test_a_known_price_gives_the_cost_of_reading() -> None:
    price = Price(as_of=date(2026, 11, 1), input=Decimal(4), output=Decimal(20))
    assert estimating.cost_of(125, price) == "0.000500"
    assert estimating.cost_of(125, None) is None


@pytest.mark.parametrize("fault", ["overloaded", "bad_request", "html"])
def test_what_cannot_be_counted_is_unknown_and_no_error(
    owner: User, session: ProviderSession, upstream: RunningSimulator, fault: str
) -> None:
    upstream.set(fault=fault)
    assert ask(owner, session)[1]["tokens"] is None


def test_others_and_the_impatient_are_refused(
    owner: User, stranger: User, session: ProviderSession, settings: Settings
) -> None:
    started = queue(owner, session)
    theirs = session_of(stranger, "theirs", "sk-sim-test-key-0009")
    assert ask(stranger, theirs, conversation=started.conversation.pk)[0] == 404
    assert ask(stranger, session)[1]["code"] == "session_unavailable"
    assert ask(owner, session, " ")[1]["code"] == "prompt_empty"
    settings.MAESTRO_ESTIMATES_PER_MINUTE = 2
    ask(owner, session)
    status, error = ask(owner, session)
    assert (status, error["code"]) == (429, "limit_rate")
