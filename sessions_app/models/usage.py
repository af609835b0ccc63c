"""`UsageRecord`: what one answer used and cost. Append-only, and it outlives conversation and session.

Counters are the provider's, raw and apart; `None` where it reported none. `cost` is USD by the price list of
`price_as_of`, `None` where a price is unknown. `is_partial`: more was used than was reported (the answer was cut), or
something in it has no known price; so a sum with it is a lower bound.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from sessions_app.models.audit import AppendOnly


class UsageQuerySet(models.QuerySet["UsageRecord"]):
    def owned_by(self, user: User) -> UsageQuerySet:
        """What this user paid."""
        return self.filter(owner=user)

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("What was used is never changed.")


class UsageRecord(models.Model):
    class Purpose(models.TextChoices):
        ANSWER = "answer"
        TITLE = "title"

    # The answer it belongs to; unique, so that an end which is written twice is paid once.
    run_id = models.UUIDField(unique=True)
    at = models.DateTimeField()  # when the answer ended
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Names beside keys, because a sum must not shrink when a session or a conversation is deleted.
    session_id = models.UUIDField(null=True)
    session_name = models.CharField(max_length=100)
    session_initials = models.CharField(max_length=4, blank=True, default="")
    session_color = models.PositiveSmallIntegerField(default=8)
    provider = models.CharField(max_length=40, blank=True, default="")
    model = models.CharField(max_length=200)
    conversation_id = models.UUIDField(null=True)  # None: asked on the command line
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cache_write_tokens = models.BigIntegerField(null=True)
    cache_read_tokens = models.BigIntegerField(null=True)
    # Parts of the counters above, which have prices of their own or are shown.
    cache_write_1h_tokens = models.BigIntegerField(null=True)
    thinking_tokens = models.BigIntegerField(null=True)
    web_search_requests = models.BigIntegerField(null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    price_as_of = models.DateField(null=True)
    is_partial = models.BooleanField(default=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.ANSWER)

    objects = UsageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("usage")
        verbose_name_plural = _lazy("usage")
        indexes = [
            models.Index(fields=["owner", "at"], name="usage_by_owner"),
            # What a budget asks before every message is answered from this index alone.
            models.Index(fields=["session_id", "at", "cost", "is_partial"], name="usage_spent"),
            models.Index(fields=["conversation_id"], name="usage_by_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.session_name} {self.model}"
