"""In which order pages hear of changes, without a database."""

from __future__ import annotations

import asyncio
import threading
import uuid

from chat.hub import Hub
from chat.news import NewsDesk
from chat.protocol import ConversationFrame, ServerFrame
from chat.services.announcements import State
from tests.support.waiting import until

CONVERSATION = uuid.uuid4()


class Listener:
    """A page that remembers the titles it was told."""

    user_id = 1
    session_key = ""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def post(self, frame: ServerFrame) -> None:
        assert isinstance(frame, ConversationFrame)
        self.titles.append(frame.title)

    def wake(self) -> None: ...

    def close_soon(self, code: int) -> None: ...

    def queued(self, size: int) -> None: ...


def state(revision: int, title: str) -> State:
    return State(1, revision, ConversationFrame(conversation=CONVERSATION, title=title))


async def test_an_older_state_that_was_read_slowly_is_not_the_last_one_told(db: None) -> None:
    late = threading.Event()
    looks = 0

    def state_of(conversation_id: uuid.UUID) -> State:
        nonlocal looks
        looks += 1
        if looks > 1:
            return state(2, "new")
        late.wait(5)
        return state(1, "old")

    hub, page = Hub(), Listener()
    hub.add(page)
    news = NewsDesk(hub, state_of=state_of)
    slow = asyncio.create_task(news.changed(CONVERSATION))
    await until(lambda: looks)
    await news.changed(CONVERSATION)
    late.set()
    await slow
    assert page.titles == ["new"]


async def test_a_conversation_that_is_gone_tells_nothing(db: None) -> None:
    hub, page = Hub(), Listener()
    hub.add(page)
    await NewsDesk(hub, state_of=lambda _: None).changed(CONVERSATION)
    assert page.titles == []


async def test_what_happens_at_nearly_the_same_time_is_told_once(db: None) -> None:
    looks = 0

    def state_of(conversation_id: uuid.UUID) -> State:
        nonlocal looks
        looks += 1
        return state(looks, "new")

    hub, page = Hub(), Listener()
    hub.add(page)
    news = NewsDesk(hub, state_of=state_of)
    await asyncio.gather(*(news.changed_soon(CONVERSATION) for _ in range(5)))
    assert (page.titles, looks) == (["new"], 1)
    await news.changed_soon(CONVERSATION)
    assert looks == 2, "what happens later is told again"
