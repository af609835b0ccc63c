"""What the chat page is made of: lists, thread, and the facts that its script starts from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation
from chat.protocol import VERSION
from chat.services import announcements, listing, side_by_side, thread
from chat.services.errors import MessageGone
from chat.services.wording import worded
from sessions_app.models import ProviderSession, SessionHealth

SOCKET_PATH = "/ws/chat/"
_PROMPT_SHOWN = 300  # characters: a hint of what counts where a conversation has no system prompt of its own
_LONGEST_ID = 20  # digits
_ANY = UUID(int=0)  # stands for an id in the patterns of paths


def context_for(
    user: User,
    conversation: Conversation | None,
    *,
    limits: msgspec.Struct,
    sought: int | None = None,
    wanted: str = "",
) -> dict[str, Any]:
    """The context of `chat/page.html`; `conversation` is `None` for a new chat, `sought` a message that the page leads to,
    if it belongs to the conversation, `wanted` the id of the session that a link to a new chat names."""
    if sought is not None and (conversation is None or not conversation.messages.filter(pk=sought).exists()):
        sought = None
    listed = listing.list_conversations(user)
    sessions = list(ProviderSession.objects.owned_by(user).select_related("health").order_by("name"))
    return {
        "conversations": listed.rows,
        "conversation": conversation,
        **shown_of(conversation, sought=sought),
        "sessions": sessions,
        "prompt_cache": settings.MAESTRO_PROMPT_CACHE,
        "bootstrap": _bootstrap(conversation, sessions, limits)
        | {"session": _preselected(conversation, sessions, wanted)}
        | {"older": str(listed.older or ""), "sought": None if sought is None else str(sought)},
    }


def shown_of(conversation: Conversation | None, *, sought: int | None = None) -> dict[str, Any]:
    """The newest messages of the shown branch, `sought` among them if it is one, and, where it ends in a comparison, the answers side by side."""
    stretch = thread.newest_of(conversation, sought=sought) if conversation else None
    return {
        "thread": stretch.messages if stretch else [],
        "earlier": stretch.earlier if stretch else 0,
        "comparison": side_by_side.undecided(conversation) if conversation else None,
    }


def earlier_of(conversation: Conversation, message: str) -> dict[str, Any]:
    """What leads to a message, for a page that shows it and what follows; for "" the newest messages. Raises `MessageGone`,
    for nonsense, too."""
    if message == "":
        return shown_of(conversation)
    if not (message.isascii() and message.isdecimal()):
        raise MessageGone
    stretch = thread.before(conversation, int(message[:_LONGEST_ID]))
    return {"thread": stretch.messages, "earlier": stretch.earlier, "comparison": None}


def _bootstrap(
    conversation: Conversation | None, sessions: list[ProviderSession], limits: msgspec.Struct
) -> dict[str, Any]:
    return {
        "protocol": VERSION,
        "socket": SOCKET_PATH,
        "conversation": str(conversation.pk) if conversation else None,
        "new_url": reverse("chat:conversation", args=[_ANY]),
        "home_url": reverse("chat:home"),
        "older_url": reverse("chat:older"),
        "search_url": reverse("chat:search"),
        "send_url": reverse("chat:send"),
        "compare_url": reverse("chat:compare"),
        "pick_url": reverse("chat:pick"),
        "beside_url": reverse("chat:beside", args=[_ANY]),
        "again_url": reverse("chat:again"),
        "queue_url": reverse("chat:queue"),
        "show_url": reverse("chat:show"),
        "remove_url": reverse("chat:remove"),
        "branch_url": reverse("chat:branch", args=[_ANY]),
        "earlier_url": reverse("chat:earlier", args=[_ANY]),
        "settings_url": reverse("chat:settings"),
        "upload_url": reverse("chat:upload"),
        "estimate_url": reverse("chat:estimate"),
        "stop_url": reverse("chat:stop", args=[_ANY]),
        "sessions": [_session(session) for session in sessions],
        "model": conversation.model if conversation else "",
        "state": msgspec.to_builtins(worded(announcements.frame_of(conversation))) if conversation else None,
        "limits": msgspec.to_builtins(limits),
    }


def _session(session: ProviderSession) -> dict[str, Any]:
    health: SessionHealth | None = getattr(session, "health", None)
    limited = health if health and health.limited_until and health.limited_until > timezone.now() else None
    return {
        "id": str(session.pk),
        "name": session.name,
        "initials": session.initials,
        "color": session.color,
        "provider": session.provider_label,
        "usable": session.is_usable,
        "reason": "" if session.is_usable else session.state_sentence,
        "default_model": session.default_model,
        "system_prompt": session.system_prompt[:_PROMPT_SHOWN],
        "models_url": reverse("sessions:models", args=[session.pk]),
        "limited_until": limited.limited_until.isoformat() if limited and limited.limited_until else "",
        "limited_why": limited.error if limited else "",
    }


def _preselected(
    conversation: Conversation | None, sessions: list[ProviderSession], wanted: str
) -> str | None:
    """The session used last in this conversation, else the one that is wanted, else the first that works."""
    if conversation is not None and conversation.session_id is not None:
        return str(conversation.session_id)
    named = [str(session.pk) for session in sessions if str(session.pk) == wanted]
    return next(iter([*named, *(str(session.pk) for session in sessions if session.is_usable)]), None)
