"""The websocket door: parse a frame, check the login, call one service, post the answer. Nothing long runs here,
because the next frame of the page waits for the one before."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation
from django.utils.translation import gettext as _

from chat import actions, frames, protocol, reading
from chat.frames import Refused
from chat.language import language_of
from chat.runner import Runner, runner
from chat.services import logins
from chat.services.errors import ChatError
from chat.services.logins import Login, SignedOut
from chat.services.wording import worded
from chat.sockets import Socket
from chat.threads import in_thread
from sessions_app.places import place_of

logger = logging.getLogger(__name__)

_MAX_SENDS = 3  # of one page at a time; with more, its next frames wait
_INTERNAL_ERROR = 1011
# In which an answer may be followed on the strength of the login that its message was stored with.
_FRESH_S = 1.0
_Sends = protocol.Compare | protocol.Again | protocol.QueueSend
_InQueue = protocol.QueueEdit | protocol.QueueDelete
_Changes = _InQueue | protocol.Pick | protocol.Show | protocol.Remove | protocol.Settings


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One page's connection."""

    channel_layer_alias = "none"  # hints come once a process, see chat.hints

    _socket: Socket | None = None
    _pump: asyncio.Task[None] | None = None
    _runner: Runner
    _login: Login

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sends: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()  # what is sent first is stored first
        # The answer to the newest message, and when it was.
        self._fresh: tuple[protocol.SendAck, float] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            # Once for the connection: tasks and threads that begin in it have its language, and frames pay nothing.
            with translation.override(language_of(scope)):
                await super().__call__(scope, receive, send)
        finally:  # also when the server cancels instead of saying goodbye
            if self._socket is not None:
                self._socket.forget_all()
            if self._pump is not None:
                self._pump.cancel()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Past Channels' own, which goes to a thread and back for each frame, to close connections that it never opened.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()  # first, because a page cannot see the code of a refused handshake
        session_key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        user = await in_thread(logins.user_of, session_key)
        self._runner = runner()
        if user is None:
            await self.send(text_data=frames.encode_frame(worded(protocol.SIGNED_OUT)))
            await self.close(protocol.CLOSE_SIGNED_OUT)
        elif self._runner.hub.sockets_of(user.pk) >= settings.MAESTRO_MAX_SOCKETS_PER_USER:
            await self.close(protocol.CLOSE_TOO_MANY)
        else:
            self._open(user, session_key)
            self._post(await in_thread(reading.ready, user))

    def _open(self, user: User, session_key: str) -> None:
        self._socket = Socket(
            user_id=user.pk,
            hub=self._runner.hub,
            send=self._send_text,
            close=self.close,
            session_key=session_key,
        )
        self._login = Login(session_key, user.pk)
        self._runner.hub.add(self._socket)
        self._pump = asyncio.create_task(self._socket.pump())

    def _send_text(self, text: str) -> Coroutine[Any, Any, None]:
        # Past Channels' own `send`: this runs for every frame of every answer.
        return self.base_send({"type": "websocket.send", "text": text})  # type: ignore[no-any-return]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._socket is None:
            return
        try:
            if text_data is None:
                raise Refused("bad_frame", _("Frames are text."))
            frame = frames.parse_frame(text_data, limit=settings.MAESTRO_MAX_FRAME_BYTES)
            await self._handle(frame)
        except Refused as refused:
            self._post(refused.frame)

    async def _handle(self, frame: protocol.ClientFrame) -> None:
        try:
            match frame:
                case protocol.Send():
                    await self._begin_send(self._login, frame)
                case protocol.Attach():
                    await self._attach(frame)
                case _:
                    await self._serve(await in_thread(self._login.user), frame)
        except SignedOut:
            self._sign_out()
        except ChatError as error:
            self._post(actions.error_frame(error, ref=frame.ref))

    def _sign_out(self) -> None:
        assert self._socket is not None
        self._post(protocol.SIGNED_OUT)
        self._socket.close_soon(protocol.CLOSE_SIGNED_OUT)

    async def _attach(self, frame: protocol.Attach) -> None:
        assert self._socket is not None
        found = self._just_begun(frame)
        if found is None:
            found = await in_thread(lambda: reading.snapshot(self._login.user(), frame))
        self._socket.attach(found, claimed=frame.after_seq)

    def _just_begun(self, frame: protocol.Attach) -> protocol.Snapshot | None:
        """What an answer looks like from its start, if this page has just asked for it and this process writes it: the
        first token does not wait for a thread and the database."""
        if self._fresh is None:
            return None
        (ack, since), self._fresh = self._fresh, None
        is_new = frame.generation == ack.generation and not frame.after_seq
        if not is_new or time.monotonic() - since > _FRESH_S or not self._runner.hub.log_of(ack.generation):
            return None
        return protocol.Snapshot(
            generation=ack.generation,
            conversation=ack.conversation,
            message=ack.message,
            status="running",
            seq=0,
        )

    async def _serve(self, user: User, frame: protocol.ClientFrame) -> None:
        assert self._socket is not None
        match frame:
            case protocol.Compare() | protocol.Again() | protocol.QueueSend():
                await self._begin_send(user, frame)
            case (
                protocol.QueueEdit()
                | protocol.QueueDelete()
                | protocol.Pick()
                | protocol.Show()
                | protocol.Remove()
                | protocol.Settings()
            ):
                self._post(await self._change(user, frame))
            case protocol.Look():
                for missed in await in_thread(reading.look, user, frame):
                    self._post(missed)
            case protocol.Detach():
                self._socket.detach(frame.generation)
            case protocol.Stop():
                self._post(await actions.stop(self._runner, user, frame.generation, ref=frame.ref))
            case protocol.Ping():
                self._post(protocol.Pong(ref=frame.ref))

    async def _change(self, user: User, frame: _Changes) -> protocol.ServerFrame:
        match frame:
            case protocol.Pick():
                return await actions.pick(self._runner, user, frame)
            case protocol.Show():
                return await actions.show(self._runner, user, frame)
            case protocol.Remove():
                return await actions.remove(self._runner, user, frame)
            case protocol.Settings():
                return await actions.change_settings(self._runner, user, frame)
            case _:
                return await actions.change_queue(self._runner, user, frame)

    async def _begin_send(self, sender: User | Login, frame: protocol.Send | _Sends) -> None:
        """A message without a model asks the provider for one; "stop" and "ping" must not wait for that.

        The task outlives the page: a message that was taken is stored and answered.
        """
        if len(self._sends) >= _MAX_SENDS:
            await asyncio.wait(self._sends, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._send_message(sender, frame))
        self._sends.add(task)
        task.add_done_callback(self._sent)

    async def _send_message(self, sender: User | Login, frame: protocol.Send | _Sends) -> None:
        try:
            async with self._in_order:
                self._post(await self._answer_to(sender, frame))
        except SignedOut:
            self._sign_out()
        except ChatError as error:
            self._post(actions.error_frame(error, ref=frame.ref))

    async def _answer_to(self, sender: User | Login, frame: protocol.Send | _Sends) -> protocol.ServerFrame:
        if isinstance(frame, protocol.Send):
            ack = await actions.send(self._runner, sender, frame, place=self._place())
            if isinstance(ack, protocol.SendAck) and ack.created:
                self._fresh = ack, time.monotonic()
            return ack
        user = sender if isinstance(sender, User) else await in_thread(sender.user)
        match frame:
            case protocol.Compare():
                return await actions.compare(self._runner, user, frame, place=self._place())
            case protocol.Again():
                return await actions.again(self._runner, user, frame, place=self._place())
            case protocol.QueueSend():
                return await actions.change_queue(self._runner, user, frame)

    def _place(self) -> str:
        """Where the page is: the same words as for a request of the same browser."""
        headers = {name.lower(): value for name, value in self.scope.get("headers", ())}
        address, *_port = self.scope.get("client") or ("",)
        return place_of(str(address), headers.get(b"user-agent", b"").decode("latin-1"))

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sends.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            logger.error("a message could not be taken", exc_info=problem)
            if self._socket is not None:
                self._socket.close_soon(_INTERNAL_ERROR)

    def _post(self, frame: protocol.ServerFrame) -> None:
        assert self._socket is not None
        self._socket.post(frame)
