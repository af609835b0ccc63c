"""What a message would use before it is sent: its tokens, counted by the provider, and what these cost.

Nothing is stored. What cannot be counted is `None`: an estimate never stands in the way of sending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from chat.models.chat_settings import ChatSettings
from chat.parts import encode_parts
from chat.protocol import NO_CHANGE, SettingsChange
from chat.services import admission, attachments, branches, chat_settings, errors, history
from providers.errors import ProviderError
from providers.events import Usage
from providers.model_info import Price
from sessions_app.errors import SessionError
from sessions_app.services import catalog

_MINUTE_S = 60


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a user has written: as `NewMessage`, of which nothing has been sent."""

    conversation_id: UUID
    text: str
    session_id: UUID
    model: str | None = None
    attachments: tuple[UUID, ...] = ()
    settings: SettingsChange = NO_CHANGE


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """`tokens` of the whole prompt, earlier messages included; `cost` of them in USD as text, without the answer."""

    tokens: int | None
    cost: str | None


def estimate(user: User, draft: Draft) -> Estimate:
    """Ask the provider. Raises `TooManySends`, and what would speak against sending it."""
    _check_rate(user)
    admission.check_prompt(draft.text, has_files=bool(draft.attachments))
    parts = attachments.message_parts(user, draft.text, draft.attachments)
    earlier, chosen = _before(user, draft)
    session = admission.usable_session(user, draft.session_id)
    model_id = admission.model_for(session, draft.model)
    asked = Message(role=Message.Role.USER, parts_json=encode_parts(parts))
    request = history.request_of((*earlier, asked), session=session, model_id=model_id, chosen=chosen)
    try:
        tokens = catalog.count_tokens(session, request)
    except (SessionError, ProviderError):
        return Estimate(tokens=None, cost=None)
    return Estimate(tokens=tokens, cost=cost_of(tokens, catalog.price_of_model(session, model_id)))


def cost_of(tokens: int, price: Price | None) -> str | None:
    """USD for reading so many tokens; `None` if the price is unknown."""
    cost = price.cost(Usage(input_tokens=tokens)) if price else None
    return None if cost is None else f"{cost:.6f}"


def _before(user: User, draft: Draft) -> tuple[Sequence[Message], ChatSettings]:
    """The messages that would be sent along, and how the conversation is set. Raises `NotThere`."""
    found = Conversation.objects.filter(pk=draft.conversation_id).first()
    if found is None:
        return (), chat_settings.changed(ChatSettings(), draft.settings)
    if found.owner_id != user.pk or found.deleted_at is not None:
        raise errors.NotThere
    shown = Message.objects.filter(pk__in=branches.shown_ids(found.pk)).order_by("pk")
    return list(shown), found.settings


def _check_rate(user: User) -> None:
    """Counted in the cache: an estimate leaves no row, and asks a provider."""
    key, most = f"estimates:{user.pk}", settings.MAESTRO_ESTIMATES_PER_MINUTE
    if cache.add(key, 1, timeout=_MINUTE_S):
        return
    try:
        count = cache.incr(key)
    except ValueError:  # expired between the two calls
        return
    if count > most:
        raise errors.TooManySends(
            _("%(most)s estimates in a minute is the most. Wait a moment.") % {"most": most}
        )
