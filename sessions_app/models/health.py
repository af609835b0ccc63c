"""`SessionHealth`: what the last answers and the last test said about a session.

A row of its own, because the session's row is the lock of its refreshes: an answer that ends must not wait for one.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models

from sessions_app.models.session import ProviderSession

SENTENCE_LENGTH = 300


class SessionHealth(models.Model):
    """`limits_json`: `providers.limits.Limit`s as the provider reported them at `limits_at`. `limited_until`: when a
    limit that was hit passes, as the provider said. `error` and `test_sentence` are words for people, partly from
    outside, the latter in the language of who tested; `test_latency_ms` is the provider's own time."""

    session = models.OneToOneField(
        ProviderSession, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=SENTENCE_LENGTH, blank=True, default="")
    limits_json = models.TextField(blank=True, default="")
    limits_at = models.DateTimeField(null=True)
    limited_until = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_ok = models.BooleanField(null=True)
    test_sentence = models.CharField(max_length=SENTENCE_LENGTH, blank=True, default="")
    test_latency_ms = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"health of {self.session_id}"

    def limit_at(self, now: datetime) -> datetime | None:
        """When the limit passes that an answer hit; `None` if there is none, or it has passed."""
        return self.limited_until if self.limited_until and self.limited_until > now else None
