"""Rows of the chat: what was said, which run of a model says it, and each step of that run.

Rows only; `chat.services` and `chat.runner` decide. JSON that came from outside is kept as text, because
PostgreSQL's `jsonb` refuses the NUL character that a prompt or an answer may hold.
"""

from __future__ import annotations

from chat.models.attachment import Attachment
from chat.models.conversation import Conversation, Message
from chat.models.generation import Generation, GenerationEvent
from chat.models.queue import QueuedMessage
from chat.models.search import MessageText

__all__ = [
    "Attachment",
    "Conversation",
    "Generation",
    "GenerationEvent",
    "Message",
    "MessageText",
    "QueuedMessage",
]
