"""Runs generations in this process, outside any request or socket, and looks after those of dead processes.

One `Runner` per event loop: `runner()` gives it. `serve` starts and ends it by `start_housekeeping` and `shutdown`;
under another ASGI server the first socket or message starts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.utils import timezone

from chat import answering
from chat.hints import Hint, Hints
from chat.hub import Hub
from chat.meters import meters
from chat.news import NewsDesk
from chat.protocol import CLOSE_SIGNED_OUT, SIGNED_OUT, StatusFrame
from chat.run import SESSION_DELETED, SHUT_DOWN, STOPPED, Answer, Cut, Run
from chat.services import deleting, indexing, logins, release, retention, runs, unused_files
from chat.services.announcements import News
from chat.services.runs import Claimed
from chat.threads import in_thread
from chat.timing import Timing
from chat.titling import give_title
from chat.writer import Writer
from providers.http import aclose_clients
from sessions_app.services import tokens

logger = logging.getLogger(__name__)
_PAUSE_S = 0.05  # in which others get a thread, and SQLite's one writer
_LAST_WRITE_S = 5.0  # for the last transaction of runs that were cut at shutdown


class Runner:
    """Claims runs, lets them work, and does what has to be done again and again."""

    def __init__(self, *, timing: Timing | None = None, answer: Answer = answering.answer) -> None:
        self.timing = timing or Timing()
        self.hub = Hub()
        self.is_draining = False
        self._answer = answer
        self._hints = Hints(self._on_hint)
        self._news = NewsDesk(self.hub)
        self._writer = Writer(flush_s=self.timing.flush, on_stored=self._on_stored)
        self._runs: dict[UUID, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._used: set[UUID] = set()  # sessions, lately; noted once for many answers

    # Life -------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin the timers; once."""
        if self._tasks or self.is_draining:
            return
        self._keep(self._writer.work())
        self._keep(self._hints.listen())
        self._keep(_every(self.timing.watch, self._watch))
        self._keep(_every(self.timing.watch, self._news.look_around))
        self._keep(_every(self.timing.watch, self._note_uses))
        self._keep(_every(self.timing.pick_up, self._pick_up))
        self._keep(_every(self.timing.sweep, self._sweep))
        self._keep(_every(self.timing.sweep, self._prune))
        self._keep(_every(self.timing.sweep, self._purge))
        self._keep(_every(self.timing.tidy, self._tidy))
        self._keep(_every(self.timing.index, self._index))
        self._keep(_every(self.timing.check_logins, self._check_logins))

    async def shutdown(self, timeout_s: float) -> None:
        """Start nothing new, wait up to `timeout_s` seconds for the runs, then interrupt them, text kept."""
        self.is_draining = True
        if self._working:
            await asyncio.wait(self._working, timeout=timeout_s)
        for run in self._runs.values():
            run.cut(SHUT_DOWN)
        if self._working:
            await asyncio.wait(self._working, timeout=_LAST_WRITE_S)
        tasks = [*self._tasks, *self._working]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await aclose_clients()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        # A fresh context: what belongs to the request or socket that came first must not live on here.
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.add(task)

    # Runs -------------------------------------------------------------------------------------------
    def wake(self, generation_id: UUID) -> None:
        """A run was queued: claim it now and tell the owner's pages."""
        self._spawn(generation_id)
        self._background(self._news.started(generation_id))
        self._hints.send("started", generation_id)

    async def begin(self, claimed: Claimed, news: News) -> None:
        """A run was claimed as it was stored: run it, and tell the owner's pages."""
        if self.is_draining:
            await in_thread(runs.give_back, claimed.generation_id, epoch=claimed.epoch)
            return
        self._background(self._work(self._hold(claimed)))
        self._news.begun(news)
        self._background(self._news.changed_soon(claimed.conversation_id))
        self._hints.send("started", claimed.generation_id)
        if claimed.access is not None:
            self._used.add(claimed.access.session_id)

    def stop(self, generation_id: UUID) -> None:
        """The wish to stop is stored: end the run here, or have its process look."""
        if run := self._runs.get(generation_id):
            run.cut(STOPPED)
        else:
            self._hints.send("stop", generation_id)
            self._background(self._news.ended(generation_id))
            self.hub.look(generation_id)

    def changed(self, conversation_id: UUID) -> None:
        """Title, place in the list or queue of a conversation are others now, or it was deleted or brought back."""
        self._background(self._news.changed(conversation_id))
        self._hints.send("changed", conversation_id)

    async def release(self, conversation_id: UUID) -> None:
        """Send the next message of a conversation's queue if its turn has come."""
        if self.is_draining:
            return
        released = await in_thread(release.release, conversation_id)
        if released is None:
            return
        if released.started is not None:
            self.wake(released.started.generation.pk)
        else:
            self.changed(conversation_id)

    def running(self) -> int:
        """How many runs this process works on."""
        return len(self._working)

    def claimed(self) -> int:
        """How many runs this process holds the claim of."""
        return len(self._runs)

    def _spawn(self, generation_id: UUID) -> None:
        if not self.is_draining and generation_id not in self._runs:
            self._background(self._run(generation_id))

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _run(self, generation_id: UUID) -> None:
        claimed = await in_thread(runs.claim, generation_id, now=timezone.now())
        if claimed is not None:
            await self._work(self._hold(claimed))

    def _hold(self, claimed: Claimed) -> Run:
        run = Run(claimed, hub=self.hub, writer=self._writer, timing=self.timing, answer=self._answer)
        self._runs[claimed.generation_id] = run
        return run

    async def _work(self, run: Run) -> None:
        claimed, generation_id = run.claimed, run.claimed.generation_id
        try:
            await run.work()
        finally:
            del self._runs[generation_id]
        meters.run_ended(
            provider=claimed.provider, outcome=run.status or "lost", first_token_s=run.first_token_s
        )
        if run.status is not None:
            frame = StatusFrame(
                generation=generation_id, conversation=claimed.conversation_id, status=run.status
            )
            self.hub.tell(claimed.user_id, frame)
            self._background(self._news.changed_soon(claimed.conversation_id))
            self._hints.send("ended", generation_id)
            await self.release(claimed.conversation_id)
        if run.status == "complete" and await give_title(generation_id, answer=self._answer):
            self.changed(claimed.conversation_id)

    # News -------------------------------------------------------------------------------------------
    def _on_stored(self, generation_ids: Sequence[UUID]) -> None:
        self._hints.send("stored", *generation_ids)

    def _on_hint(self, hint: Hint) -> None:
        """Another process says that something happened; the database says what."""
        for one in hint.ids:
            match hint.kind:
                case "stop":
                    if one in self._runs:
                        self._background(self._watch())
                case "stored":
                    self.hub.look(one)
                case "started":
                    self._background(self._news.started(one))
                case "ended":
                    self.hub.look(one)
                    self._background(self._news.ended(one))
                case "changed":
                    self._background(self._news.changed(one))

    # Timers -----------------------------------------------------------------------------------------
    async def _watch(self) -> None:
        """Look at what others did to our runs, and at runs of others that our sockets follow."""
        self.hub.look_at_all()
        looked_at = dict(self._runs)  # more may begin meanwhile, of which the answer says nothing
        if not looked_at:
            return
        watched = await in_thread(runs.watch, list(looked_at))
        for generation_id, run in looked_at.items():
            seen = watched.get(generation_id)
            if seen is None or seen.epoch != run.claimed.epoch:
                run.lost()
            elif (why := _why_cut(seen)) is not None:
                run.cut(why)

    async def _note_uses(self) -> None:
        """Note which sessions were used, once for many answers; a crash forgets the last moment."""
        if self._used:
            used, self._used = self._used, set()
            await in_thread(tokens.note_uses, used)

    async def _pick_up(self) -> None:
        """Claim what was queued by a process that died before it could, and send what waits without a reason."""
        longer_than = timedelta(seconds=self.timing.pick_up)
        for generation_id in await in_thread(runs.waiting, now=timezone.now(), longer_than=longer_than):
            self._spawn(generation_id)
        for conversation_id in await in_thread(release.releasable):
            await self.release(conversation_id)

    async def _sweep(self) -> None:
        """End the runs of dead processes."""
        dead_after = timedelta(seconds=self.timing.dead_after)
        for generation_id in await in_thread(runs.end_dead_runs, now=timezone.now(), dead_after=dead_after):
            logger.warning("generation %s was left by its process and is interrupted", generation_id)
            meters.left_runs += 1
            self.hub.look(generation_id)
            await self._news.ended(generation_id)
            self._hints.send("ended", generation_id)

    async def _prune(self) -> None:
        """Remove the logs of answers that were over long ago."""
        kept_for = timedelta(days=settings.MAESTRO_KEEP_LOG_DAYS)
        await in_thread(retention.prune_logs, now=timezone.now(), kept_for=kept_for)

    async def _tidy(self) -> None:
        """Remove files that no message has."""
        kept_for = timedelta(hours=settings.MAESTRO_KEEP_UNSENT_HOURS)
        await in_thread(unused_files.remove_unused, now=timezone.now(), kept_for=kept_for)

    async def _index(self) -> None:
        """Tell search what was said; with pauses, while there is much."""
        while True:
            if await in_thread(indexing.index_pending) < indexing.AT_ONCE:
                return
            await asyncio.sleep(_PAUSE_S)

    async def _purge(self) -> None:
        """Remove for good what was deleted long enough ago."""
        await in_thread(deleting.purge, now=timezone.now())

    async def _check_logins(self) -> None:
        """Close the sockets whose login has ended: a page that only listens sends no frame to check."""
        sockets = self.hub.sockets()
        keys = {socket.session_key: socket.user_id for socket in sockets}
        ended = await in_thread(logins.ended_of, keys) if keys else frozenset()
        for socket in sockets:
            if socket.session_key in ended:
                socket.post(SIGNED_OUT)
                socket.close_soon(CLOSE_SIGNED_OUT)


def _why_cut(seen: runs.Watched) -> Cut | None:
    if not seen.is_running:
        return None  # its last write is on the way
    if seen.stop_requested:
        return STOPPED
    return None if seen.has_session else SESSION_DELETED


async def _every(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    """Do `job` now and then every so often; a failure is logged and does not end it."""
    while True:
        try:
            await job()
        except Exception:
            logger.exception("housekeeping failed, trying again")
        await asyncio.sleep(seconds)


_runners: WeakKeyDictionary[asyncio.AbstractEventLoop, Runner] = WeakKeyDictionary()


def install(new: Runner) -> Runner:
    """Make `new` the runner of this event loop and start it."""
    _runners[asyncio.get_running_loop()] = new
    new.start()
    return new


def installed() -> Runner | None:
    """The runner of this event loop, if there is one."""
    return _runners.get(asyncio.get_running_loop())


def runner() -> Runner:
    """The runner of this event loop, started if it was not."""
    found = installed()
    return found if found is not None else install(Runner())


def start_housekeeping() -> None:
    """Start this process's runner. Call it inside the server's event loop."""
    runner()


async def shutdown(timeout_s: float = 30.0) -> None:
    """End this process's runner: runs get `timeout_s` seconds, then they are interrupted with their text kept."""
    found = installed()
    if found is not None:
        with contextlib.suppress(asyncio.CancelledError):
            await found.shutdown(timeout_s)
