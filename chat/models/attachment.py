"""Files that a user attached to messages."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from chat.models.conversation import Message
from chat.models.queue import QueuedMessage


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """The only way to files: through their owner."""

    def owned_by(self, user_id: int) -> AttachmentQuerySet:
        """What this user may see."""
        return self.filter(owner_id=user_id)


class Attachment(models.Model):
    """One uploaded file. Its bytes lie on the disk under `digest`, their SHA-256 (`chat.uploads`), which rows of the same
    content share. `media_type` is what the bytes are, `width` and `height` are pixels, null for a PDF. It stays while a
    message holds it, whether sent or waiting; one that nobody sends is removed after a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments")
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    messages = models.ManyToManyField(Message, related_name="attachments")
    waiting = models.ManyToManyField(QueuedMessage, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at"], name="attachment_rate"),
            models.Index(fields=["created_at"], name="attachment_age"),
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk}"
