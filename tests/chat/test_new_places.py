"""A session that is used from a new place: on record once, by socket and by POST alike."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import AsyncClient
from django.urls import reverse

from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import AuditEntry, ProviderSession
from tests.chat.page import open_page

pytestmark = pytest.mark.django_db(transaction=True)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def places() -> list[str]:
    return list(AuditEntry.objects.filter(action="Used from a new place").values_list("place", flat=True))


async def test_the_first_message_over_a_socket(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner, agent=AGENT) as page:
        for _ in range(2):
            assert (await page.ask(session))["type"] == "ack"
    assert await in_thread(places) == ["unknown address, Firefox on Linux"]


async def test_the_first_message_by_post(owner: User, session: ProviderSession, running: Runner) -> None:
    client = AsyncClient()
    await client.aforce_login(owner)
    for _ in range(2):
        sent = {"type": "send", "conversation": str(uuid.uuid4()), "client_id": str(uuid.uuid4())}
        sent |= {"text": "Hello", "session": str(session.pk)}
        answer = await client.post(
            reverse("chat:send"), sent, content_type="application/json", headers={"user-agent": AGENT}
        )
        assert answer.json()["type"] == "ack"
    assert await in_thread(places) == ["127.0.0.1, Firefox on Linux"]


async def test_a_refused_message_is_no_use(owner: User, session: ProviderSession, running: Runner) -> None:
    async with open_page(owner, agent=AGENT) as page:
        assert (await page.ask(session, model="two words"))["type"] == "error"
    assert await in_thread(places) == []


def test_the_command_line_is_a_place_too(session: ProviderSession) -> None:
    for _ in range(2):
        call_command("ask", session.name, "Hello", stdout=StringIO())
    call_command("e2e", "--session", session.name, stdout=StringIO())
    assert places() == ["command line"]
    assert AuditEntry.objects.get(action="Tested").place == "command line"
