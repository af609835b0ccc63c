"""Messages that wait for the answer before them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from chat.models.conversation import Conversation, Message
from chat.parts import StoredPart, parts_from, text_of_parts
from sessions_app.models import ProviderSession


class QueuedMessage(models.Model):
    """A message that was sent while its conversation was being answered. It is deleted in the transaction that makes
    it a `Message` with the same `client_id`, so it is in one of the two tables and never in both.

    `revision` goes up with every change; whoever sends it names the one that was read. `refused_*` is why it could not
    be sent when its turn came: code and sentence of a `ChatError`. `wanted_now`: its owner does not want to wait for
    a complete answer. `not_before`: the session that pays cannot be used earlier. `parent`: the message of the thread that
    wants another answer then; without one, this is a message of its own.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="queue")
    client_id = models.UUIDField()
    position = models.IntegerField()
    parts_json = models.TextField()
    session = models.ForeignKey(ProviderSession, null=True, on_delete=models.SET_NULL, related_name="+")
    model = models.CharField(max_length=200)
    revision = models.PositiveIntegerField(default=0)
    wanted_now = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True)
    parent = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="+")
    refused_code = models.CharField(max_length=60, blank=True)
    refused_why = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_queued_once"),
        ]

    def __str__(self) -> str:
        return f"queued message {self.client_id}"

    @property
    def parts(self) -> tuple[StoredPart, ...]:
        """The content, typed."""
        return parts_from(self.parts_json)

    @property
    def text(self) -> str:
        """All text parts together."""
        return text_of_parts(self.parts)
