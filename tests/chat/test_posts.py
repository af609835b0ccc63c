"""Queue, retry and continue by POST, for times without a socket: the same answers as over the websocket."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse

from chat.models import QueuedMessage
from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from tests.chat.rows import queue
from tests.chat.stored import wait_for_status
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def client(owner: User) -> AsyncClient:
    signed_in = AsyncClient()
    await signed_in.aforce_login(owner)
    return signed_in


async def post(client: AsyncClient, name: str, body: Any) -> tuple[int, dict[str, Any]]:
    raw = json.dumps(body, default=str)
    answer: HttpResponse = await client.post(
        reverse(f"chat:{name}"), data=raw, content_type="application/json"
    )
    return answer.status_code, json.loads(answer.content)


async def test_a_queue_is_filled_changed_and_sent_by_post(
    client: AsyncClient, owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=5000)
    started = await in_thread(queue, owner, session, "First")
    running.wake(started.generation.pk)
    await until(lambda: upstream.state.open_streams == 1)
    ids = {"conversation": started.conversation.pk, "client_id": uuid.uuid4()}
    status, ack = await post(client, "send", {**ids, "text": "Second", "session": session.pk})
    assert (status, ack["state"]) == (200, "queued")
    long = "word " * 20_000  # more than a frame may carry
    status, ack = await post(client, "queue", {**ids, "type": "queue_edit", "text": long})
    assert (status, ack["state"]) == (200, "queued")
    assert (await in_thread(QueuedMessage.objects.get)).text == long
    status, ack = await post(client, "queue", {**ids, "type": "queue_delete"})
    assert (status, ack["state"]) == (200, "deleted")
    status, error = await post(client, "queue", {**ids, "type": "queue_send"})
    assert (status, error["code"]) == (404, "not_found")


async def test_another_try_by_post(
    client: AsyncClient, owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="bad_request")
    started = await in_thread(queue, owner, session)
    await wait_for_status(str(started.generation.pk), "failed")
    upstream.reset()
    wish = {
        "message": str(started.message.pk),
        "client_id": uuid.uuid4(),
        "how": "retry",
        "session": session.pk,
    }
    status, ack = await post(client, "again", wish)
    assert (status, ack["type"], ack["created"]) == (200, "ack", True)
    assert (await post(client, "again", wish))[1]["generation"] == ack["generation"]
    await wait_for_status(ack["generation"], "complete")
    more = {**wish, "client_id": uuid.uuid4(), "how": "continue"}
    status, error = await post(client, "again", more)
    assert (status, error["code"]) == (409, "not_newest")


async def test_another_wording_another_version_and_a_deletion_by_post(
    client: AsyncClient, owner: User, session: ProviderSession, running: Runner
) -> None:
    started = await in_thread(queue, owner, session)
    await wait_for_status(str(started.generation.pk), "complete")
    assert started.user_message is not None
    ids = {"conversation": started.conversation.pk, "client_id": uuid.uuid4(), "session": session.pk}
    status, ack = await post(
        client, "send", {**ids, "text": "Rather this", "replaces": str(started.user_message.pk)}
    )
    assert (status, ack["created"]) == (200, True)
    await wait_for_status(ack["generation"], "complete")
    status, shown = await post(client, "show", {"message": str(started.message.pk)})
    assert (status, shown["shown"]) == (200, str(started.message.pk))
    wish = {"message": ack["user_message"]}
    status, count = await post(client, "remove", wish)
    assert (status, count["count"], count["removed"]) == (200, 2, False)
    status, gone = await post(client, "remove", {**wish, "count": 2})
    assert (status, gone["removed"]) == (200, True)
    status, error = await post(client, "show", wish)
    assert (status, error["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "name", ["queue", "again", "compare", "pick", "show", "remove", "settings", "estimate"]
)
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff", "bad_json"),
        (b"[]", "bad_frame"),
        (b"{}", "bad_frame"),
        (b'{"type":"ping"}', "bad_frame"),
        (b'{"type":"queue_edit","how":"retry"}', "bad_frame"),
    ],
)
def test_a_bad_body_is_refused(owner: User, name: str, raw: bytes, code: str) -> None:
    client = Client()
    client.force_login(owner)
    answer = client.post(reverse(f"chat:{name}"), data=raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
