"""Runs of a model and the log of what each one said."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from chat.models.conversation import Message
from sessions_app.models import ProviderSession


class GenerationQuerySet(models.QuerySet["Generation"]):
    """The only way to generations: through their user, or through the runner that holds the epoch."""

    def owned_by(self, user_id: int) -> GenerationQuerySet:
        """What this user may see."""
        return self.filter(user_id=user_id)

    def shown(self) -> GenerationQuerySet:
        """Without those of deleted conversations."""
        return self.filter(message__conversation__deleted_at=None)

    def unfinished(self) -> GenerationQuerySet:
        """Waiting for a runner, or run by one."""
        return self.filter(status__in=Generation.UNFINISHED)


class Generation(models.Model):
    """One run that fills one assistant message.

    A runner claims it by compare-and-swap, which raises `epoch`; every later write names that epoch, so a
    runner that lost its claim cannot write. `seq` is the last stored event, `error_json` the facts of a failure
    without secrets, `cost` in USD, null where a price is unknown, `writing_s` the seconds from the first content to the end, `thinking_s` those
    of them in which it thought. `stop_explanation` is the provider's own word on a refusal.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETE = "complete"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"
        FAILED = "failed"

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="generation")
    session = models.ForeignKey(
        ProviderSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    epoch = models.PositiveIntegerField(default=0)
    seq = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    writing_s = models.FloatField(null=True, blank=True)
    thinking_s = models.FloatField(null=True, blank=True)
    usage = models.JSONField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    stop_reason = models.CharField(max_length=60, blank=True)
    stop_explanation = models.TextField(blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_json = models.TextField(blank=True)
    request_id = models.CharField(max_length=120, blank=True)
    is_pruned = models.BooleanField(default=False)  # of its log only the last row is left

    objects = GenerationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "created_at"], name="generation_rate"),
            models.Index(
                fields=["status", "created_at"],
                name="generation_unfinished",
                condition=models.Q(status__in=("queued", "running")),
            ),
            models.Index(
                fields=["finished_at"], name="generation_unpruned", condition=models.Q(is_pruned=False)
            ),
        ]

    def __str__(self) -> str:
        return f"generation {self.pk} ({self.status})"


class GenerationEvent(models.Model):
    """One row of the log: `seq` runs from 1 without gaps, `payload` is the JSON exactly as sent."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    payload = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "seq"], name="event_written_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
