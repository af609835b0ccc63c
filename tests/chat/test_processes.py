"""Several processes on one database, their deaths and their shutdown. Two runners in one event loop see of each
other what two processes do: the database and the hints."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from chat import runner as runner_module
from chat.answering import Step
from chat.models import Generation, GenerationEvent
from chat.runner import Runner
from chat.services import generations, runs
from chat.threads import in_thread
from providers.events import Completed, MessageStarted, StopReason, TextDelta, Usage
from providers.messages import ChatRequest
from sessions_app.models import ProviderSession
from tests.chat.conftest import FAST
from tests.chat.page import Reader, open_page
from tests.chat.rows import queue
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def elsewhere() -> AsyncIterator[Runner]:
    """The runner of another process."""
    other = Runner(timing=FAST)
    other.start()
    yield other
    await other.shutdown(0)


async def only() -> Generation:
    return await in_thread(Generation.objects.select_related("message").get)


async def status_is(status: str) -> Generation:
    async with asyncio.timeout(5):
        while True:
            found = await only()
            if found.status == status:
                return found
            await asyncio.sleep(0.01)


async def test_a_page_of_another_process_follows_and_stops(
    owner: User, session: ProviderSession, running: Runner, elsewhere: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=100, length=2000)
    async with open_page(owner) as page:
        await page.receive_type("ready")
        started = await in_thread(queue, owner, session)
        elsewhere.wake(started.generation.pk)
        frame = await page.receive_type("started")
        await page.attach(frame["generation"])
        reader = await page.read(Reader(), lambda one: len(one.text) > 30)
        await page.send(type="stop", ref="s", generation=frame["generation"])
        await page.read(reader)
        assert (await page.receive_type("status"))["status"] == "stopped"
    assert running.claimed() == 0
    assert reader.text == (await only()).message.text
    await until(lambda: upstream.state.open_streams == 0)


async def test_a_wish_to_stop_is_seen_without_any_hint(
    owner: User, session: ProviderSession, elsewhere: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=2000)
    started = await in_thread(queue, owner, session)
    elsewhere.wake(started.generation.pk)
    await until(lambda: upstream.state.open_streams == 1)
    await in_thread(generations.stop, owner.pk, started.generation.pk)
    await until(lambda: upstream.state.open_streams == 0)
    await status_is("stopped")


async def test_a_run_of_a_dead_process_is_interrupted_on_its_pages(
    owner: User, session: ProviderSession
) -> None:
    quick = runner_module.install(Runner(timing=replace(FAST, dead_after=0.3)))
    started = await in_thread(queue, owner, session)
    await in_thread(runs.claim, started.generation.pk, now=timezone.now())  # and then it dies
    async with open_page(owner) as page:
        await page.attach(str(started.generation.pk))
        reader = await page.read(Reader())
        assert reader.ended is not None
        assert (reader.ended["status"], reader.ended["error"]["kind"]) == ("interrupted", "interrupted")
        assert (await page.receive_type("status"))["status"] == "interrupted"
    await quick.shutdown(0)


@pytest.mark.parametrize("claimed", [0, 1, 2, 50])
async def test_a_page_that_saw_what_was_never_stored_learns_of_the_end(
    owner: User, session: ProviderSession, claimed: int
) -> None:
    """It attached while the dead process still counted as alive; `claimed` rows it says to have whole."""
    started = await in_thread(queue, owner, session)
    await in_thread(runs.claim, started.generation.pk, now=timezone.now())  # and then it dies
    quick = runner_module.install(Runner(timing=replace(FAST, dead_after=0.3)))
    async with open_page(owner) as page:
        await page.attach(str(started.generation.pk), claimed)
        reader = Reader(claimed)
        reader.text = "never stored"
        await page.read(reader)
        assert reader.text == ""
        assert reader.ended is not None
    await quick.shutdown(0)


async def test_what_nobody_claimed_is_picked_up(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    await in_thread(queue, owner, session)
    await status_is("complete")


async def test_a_runner_that_lost_its_claim_closes_and_writes_nothing(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=2000)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        reader = await page.read(Reader(), lambda one: one.text)
        ended = await in_thread(runs.end_dead_runs, now=timezone.now() + timedelta(hours=1))
        assert ended == [uuid.UUID(generation)]
        await page.read(reader)
    await until(lambda: upstream.state.open_streams == 0)
    await until(lambda: running.running() == 0)
    found = await only()
    assert found.status == found.message.status == "interrupted"
    assert await in_thread(GenerationEvent.objects.filter(kind="ended").count) == 1


async def test_a_run_that_begins_while_others_are_looked_at_is_not_given_up(
    owner: User, session: ProviderSession, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_MAX_RUNNING_PER_USER = 10
    upstream.set(pace=100)
    looking = runner_module.install(Runner(timing=replace(FAST, watch=0)))
    for _ in range(10):
        looking.wake((await in_thread(queue, owner, session)).generation.pk)
    await until(lambda: looking.running() == 0, seconds=20)
    assert await in_thread(Generation.objects.filter(status="complete").count) == 10
    await looking.shutdown(0)


async def test_shutdown_waits_for_what_is_nearly_done(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=300)
    running.wake((await in_thread(queue, owner, session)).generation.pk)
    await until(lambda: upstream.state.open_streams == 1)
    await runner_module.shutdown(5)
    assert (await only()).status == "complete"


async def test_shutdown_interrupts_what_takes_longer(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=2000)
    running.wake((await in_thread(queue, owner, session)).generation.pk)
    await until(lambda: upstream.state.open_streams == 1)
    await runner_module.shutdown(0.05)
    assert (await only()).status == "interrupted"
    await until(lambda: upstream.state.open_streams == 0)
    runner_module.start_housekeeping()  # the same runner, which stays down
    running.wake(uuid.uuid4())
    await until(lambda: running.running() == 0)


class Typist:
    """An answer that a test types: each `type` is one delta, `end` the provider's last event."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Step] = asyncio.Queue()
        self.queue.put_nowait(MessageStarted(message_id="m", model="m", usage=Usage(), request_id="r"))

    def type(self, text: str) -> None:
        self.queue.put_nowait(TextDelta(text=text))

    def end(self) -> None:
        self.queue.put_nowait(
            Completed(stop_reason=StopReason(reason="end_turn"), usage=Usage(output_tokens=1))
        )

    async def __call__(self, session_id: uuid.UUID, request: ChatRequest) -> AsyncGenerator[Step, None]:
        while True:
            step = await self.queue.get()
            yield step
            if isinstance(step, Completed):
                return


async def test_a_page_that_does_not_read_gets_everything_later(owner: User, session: ProviderSession) -> None:
    """The socket's send is held; its queue overflows, is dropped, and the database brings the rest."""
    typist = Typist()
    typing = runner_module.install(Runner(timing=FAST, answer=typist))
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        for number in range(3000):
            typist.type(f"{number} ")
            if number % 100 == 0:
                await asyncio.sleep(0)
        typist.end()
        reader = await page.read(Reader())
    assert reader.text == "".join(f"{number} " for number in range(3000)) == (await only()).message.text
    await typing.shutdown(0)


async def test_an_answer_that_breaks_on_our_side_says_so(owner: User, session: ProviderSession) -> None:
    async def broken(session_id: uuid.UUID, request: ChatRequest) -> AsyncGenerator[Step, None]:
        yield TextDelta(text="Par")
        raise ValueError("a bug")

    breaking = runner_module.install(Runner(timing=FAST, answer=broken))
    breaking.wake((await in_thread(queue, owner, session)).generation.pk)
    found = await status_is("interrupted")
    assert (found.error_code, found.message.text) == ("internal_error", "Par")
    assert "a bug" not in found.error_json
    await breaking.shutdown(0)


async def test_the_message_is_stored_while_it_grows(owner: User, session: ProviderSession) -> None:
    typist = Typist()
    typing = runner_module.install(Runner(timing=FAST, answer=typist))
    typing.wake((await in_thread(queue, owner, session)).generation.pk)
    async with asyncio.timeout(5):
        while not (found := await only()).message.text:
            typist.type("x")  # a snapshot is due with the first delta after its time
            await asyncio.sleep(0.01)
    rows = await in_thread(runs.rows_after, found.pk, 0)
    assert found.message.status == "streaming"
    assert found.message.upto_seq <= rows[-1].seq
    assert found.heartbeat_at is not None
    assert found.first_token_at is not None
    assert (found.request_id, found.attempt) == ("r", 1)
    typist.end()
    await status_is("complete")
    await typing.shutdown(0)
