"""`RefreshAttempt`: one send to a token endpoint, for the history shown to people. No secrets."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sessions_app.enums import Outcome
from sessions_app.models.session import ProviderSession
from sessions_app.words import CAUSES, worded


class RefreshAttempt(models.Model):
    session = models.ForeignKey(ProviderSession, on_delete=models.CASCADE, related_name="refresh_attempts")
    version_before = models.PositiveBigIntegerField()
    cause = models.CharField(max_length=16)  # due, forced, needed or rejected: why it was sent
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.SENT)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=80, blank=True, default="")
    request_id = models.CharField(max_length=128, blank=True, default="")
    worker = models.CharField(max_length=120)

    class Meta:
        ordering = ["-sent_at", "-id"]
        indexes = [
            models.Index(fields=["session", "-sent_at"], name="attempts_by_session"),
            models.Index(fields=["sent_at"], name="attempts_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="attempt_outcome_known")
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M:%S} {self.outcome}"

    @property
    def because(self) -> str:
        """Why it was sent, in words."""
        return worded(CAUSES.get(self.cause, self.cause))
