"""Runs from a stored message to a stored answer, with the simulator as a real provider."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from chat.log import fold
from chat.models import Generation
from chat.runner import Runner
from chat.services import runs
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from tests.chat.rows import queue
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_answer_is_stored_and_equals_its_log(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    started = await in_thread(queue, owner, session)
    running.wake(started.generation.pk)
    await until(lambda: running.running() == 0)
    generation = await in_thread(Generation.objects.select_related("message").get, pk=started.generation.pk)
    rows = await in_thread(runs.rows_after, generation.pk, 0)
    assert generation.status == "complete"
    assert generation.message.status == "complete"
    assert "Paris" in generation.message.text
    assert fold(row.payload for row in rows).parts == generation.message.parts
    assert [row.seq for row in rows] == list(range(1, generation.seq + 1))
    assert rows[-1].kind == "ended"
