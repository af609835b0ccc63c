"""Conversations and their messages."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from chat.models.chat_settings import ChatSettings, settings_from
from chat.parts import StoredPart, parts_from, text_of_parts
from sessions_app.models import ProviderSession


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """The only way to conversations: through their owner."""

    def owned_by(self, user_id: int) -> ConversationQuerySet:
        """What this user may see. Somebody else's id, or a deleted one, is answered as if it did not exist."""
        return self.filter(owner_id=user_id, deleted_at=None)

    def deleted_of(self, user_id: int, *, since: datetime) -> ConversationQuerySet:
        """What this user deleted and may still bring back."""
        return self.filter(owner_id=user_id, deleted_at__gt=since)

    def touch(self, **fields: object) -> int:
        """Pages of the owner have something new to see in these conversations. Call it in the same transaction.
        Returns how many there were.

        The time is that of now and not of the request, which may have waited for a provider meanwhile. A new title
        has to be indexed.
        """
        if "title" in fields:
            fields["title_words"] = ""
        return self.update(changed_at=timezone.now(), revision=models.F("revision") + 1, **fields)


class Conversation(models.Model):
    """One thread. The browser chooses `id`, so that a message can be sent before the page knows the server's
    answer; `session` is the one used last, the preselection for the next message. `head` is the end of the branch that
    is shown, null for the newest message; `chat.services.branches` moves it. `revision` counts what the owner's other
    pages should see, and `changed_at` is when that last happened, so that a process which got no hint finds it.
    A deleted one is hidden everywhere and kept for a while, so that its owner can bring it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    title = models.CharField(max_length=120)
    title_is_chosen = models.BooleanField(default=False)  # by its owner: no model writes over it
    title_asked_at = models.DateTimeField(null=True, blank=True)  # of a model, once
    title_words = models.TextField(
        default="", blank=True
    )  # " paris in spring ", for search; "" until it is indexed
    session = models.ForeignKey(
        ProviderSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    model = models.CharField(max_length=200, blank=True)  # the model used last
    head = models.ForeignKey("Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    settings_json = models.TextField(default="{}")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=0)
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversation_newest"),
            models.Index(fields=["owner", "changed_at"], name="conversation_changed"),
            models.Index(
                fields=["owner", "pinned_at"],
                name="conversation_pinned",
                condition=models.Q(pinned_at__isnull=False),
            ),
            models.Index(
                fields=["deleted_at"],
                name="conversation_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
            models.Index(fields=["id"], name="conversation_unindexed", condition=models.Q(title_words="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def settings(self) -> ChatSettings:
        """How its owner wants it to be answered."""
        return settings_from(self.settings_json)


class MessageQuerySet(models.QuerySet["Message"]):
    """From a request to messages: through the owner of their conversation."""

    def owned_by(self, user_id: int) -> MessageQuerySet:
        """What this user may see; nothing of deleted conversations."""
        return self.filter(conversation__owner=user_id, conversation__deleted_at=None)


class Message(models.Model):
    """One turn. `parent` makes a tree: edits and second tries are siblings, the continuation of an answer is its
    child. `tip` is the message that was shown last below this one when a sibling of it was chosen: an id and no relation,
    because one that is gone is simply not found. Who paid is copied into the row, so that it is still known when the
    session has gone. `upto_seq` is the last event that `parts` contains. `is_indexed`: search knows its text;
    `chat.services.indexing` sees to that once it is complete.

    Answers that stand side by side share `comparison`; `column` is the place of each there, from 0. Another try and a
    continuation stay in the column of the answer that they belong to."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        STREAMING = "streaming"
        COMPLETE = "complete"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"
        FAILED = "failed"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    tip = models.BigIntegerField(null=True, blank=True)
    role = models.CharField(max_length=10, choices=Role)
    parts_json = models.TextField(default="[]")
    client_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.COMPLETE)
    upto_seq = models.PositiveIntegerField(default=0)
    is_indexed = models.BooleanField(default=False)
    session_name = models.CharField(max_length=100, blank=True)
    session_initials = models.CharField(max_length=4, blank=True)
    session_color = models.PositiveSmallIntegerField(default=1)
    model = models.CharField(max_length=200, blank=True)
    comparison = models.UUIDField(null=True, blank=True)
    column = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_sent_once"),
        ]
        # The tree is read without its texts, which lie in the same rows.
        indexes = [
            models.Index(fields=["conversation", "parent", "id"], name="message_tree"),
            models.Index(fields=["id"], name="message_unindexed", condition=models.Q(is_indexed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.role} message {self.pk}"

    @property
    def parts(self) -> tuple[StoredPart, ...]:
        """The content, typed."""
        return parts_from(self.parts_json)

    @property
    def text(self) -> str:
        """All text parts together: the Markdown source."""
        return text_of_parts(self.parts)
