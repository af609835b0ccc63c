"""What a websocket says is in its reader's language, whoever else is connected."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from chat.runner import Runner
from sessions_app.models import ProviderSession
from tests.chat.page import Page, open_page

pytestmark = pytest.mark.django_db(transaction=True)


async def refusal(page: Page) -> str:
    """The sentence about an answer that is not there."""
    frame = await page.do("attach", generation=uuid.uuid4())
    sentence: str = frame["message"]
    return sentence


async def test_each_socket_is_answered_in_its_own_language(
    owner: User, session: ProviderSession, running: Runner, brackets: str
) -> None:
    async with open_page(owner, language=brackets) as first, open_page(owner, language="fr") as second:
        bracketed, english = await refusal(first), await refusal(second)
        assert bracketed == f"⟦{english}⟧"
        assert await refusal(first) == bracketed


async def test_a_message_that_is_taken_in_a_task_of_its_own_is_refused_in_the_language_of_its_page(
    owner: User, session: ProviderSession, running: Runner, brackets: str
) -> None:
    async with open_page(owner, language=brackets) as page:
        frame = await page.ask(session, text="")
        assert frame["type"] == "error"
        assert frame["message"].startswith("⟦")
