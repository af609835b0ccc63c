"""`ProviderSession`: a named login at a provider, with its credentials encrypted and its refresh state.

"Refreshing" is a lease on the row, not a status: readers use the current access token while it is
valid. `cred_version` grows by one at each write of `credentials`, and every such write names the
version it replaces.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from sessions_app import words
from sessions_app.enums import AuthType, Status
from sessions_app.fields import Ciphertext, StrictEncryptedTextField, nothing
from sessions_app.services import schedule
from sessions_app.services.providers import provider_label

COLORS = 8  # the palette of the pages
NAME_LENGTH = 64
# The token was sent, and nobody knows what became of it: the sooner it is asked again, the likelier the
# provider still remembers its answer.
IN_DOUBT = Q(lease_sent_at__isnull=False) | Q(ambiguous_sends__gt=0)

__all__ = ["COLORS", "NAME_LENGTH", "AuthType", "ProviderSession", "Status"]


class ProviderSessionQuerySet(models.QuerySet["ProviderSession"]):
    def owned_by(self, user: User) -> ProviderSessionQuerySet:
        """Only what `user` owns; the one way from a request to sessions."""
        return self.filter(owner=user)

    def due(self, now: datetime) -> ProviderSessionQuerySet:
        """OAuth sessions to refresh at `now`, the first to expire first; none that someone is refreshing."""
        return self.filter(
            ~Q(next_attempt_at__gt=now, next_attempt_at__lte=schedule.latest_retry(now))
            | Q(next_attempt_at=None),
            Q(lease_until=None) | Q(lease_until__lt=now),
            Q(refresh_at__lte=now) | Q(last_refresh_at__gt=schedule.latest_issue(now)) | IN_DOUBT,
            auth_type=AuthType.OAUTH,
            status=Status.ACTIVE,
        ).order_by("expires_at")

    def free_color(self, owner: User) -> int:
        """The first of the eight colours that `owner` uses least."""
        used = list(self.filter(owner=owner).values_list("color", flat=True))
        return min(range(1, COLORS + 1), key=lambda color: (used.count(color), color))


class ProviderSession(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="provider_sessions")
    provider = models.CharField(max_length=40)
    auth_type = models.CharField(max_length=16, choices=AuthType.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    color = models.PositiveSmallIntegerField(default=1)
    # default_model, system_prompt, account (who the provider says is connected); never a secret.
    metadata = models.JSONField(default=dict, blank=True)

    credentials: Ciphertext = StrictEncryptedTextField(default=nothing, blank=True)
    cred_version = models.PositiveBigIntegerField(default=0)
    rt_fingerprint = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    status_reason = models.CharField(max_length=40, blank=True, default="")

    key_expires_at = models.DateField(null=True, blank=True)  # the last day of an API key, if it has one
    # What the owner was last written about, so that one change makes one mail; see services.notices.
    notified_of = models.CharField(max_length=80, blank=True, default="")
    key_warned_days = models.PositiveSmallIntegerField(null=True, blank=True)

    expires_at = models.DateTimeField(null=True, blank=True)
    refresh_at = models.DateTimeField(null=True, blank=True, db_index=True)
    last_refresh_at = models.DateTimeField(null=True, blank=True)  # when the current tokens were received
    last_used_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_process = models.CharField(max_length=120, blank=True, default="")  # the owner's; see `liveness`
    lease_sent_at = models.DateTimeField(null=True, blank=True)
    ambiguous_sends = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProviderSessionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _lazy("provider session")
        indexes = [
            models.Index(
                fields=["lease_until"], name="session_lease_until", condition=Q(lease_until__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="session_name_unique_per_owner"),
            models.CheckConstraint(condition=~Q(name=""), name="session_has_a_name"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="session_status_known"),
            models.CheckConstraint(
                condition=Q(auth_type__in=AuthType.values), name="session_auth_type_known"
            ),
            models.CheckConstraint(condition=Q(color__range=(1, COLORS)), name="session_color_in_palette"),
            models.CheckConstraint(
                condition=~Q(status=Status.ACTIVE) | ~Q(credentials=""), name="active_session_has_credentials"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.ACTIVE, auth_type=AuthType.OAUTH) | Q(refresh_at__isnull=False),
                name="active_oauth_session_is_scheduled",
            ),
            models.CheckConstraint(
                condition=Q(lease_owner=None, lease_until=None)
                | Q(lease_owner__isnull=False, lease_until__isnull=False),
                name="session_lease_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the badge: "personal_claude" → "PC", "gemini" → "GE"."""
        parts = [part for part in re.split(r"[\W_]+", self.name) if part]
        if not parts:
            return "–"
        letters = parts[0][:2] if len(parts) == 1 else parts[0][0] + parts[1][0]
        return letters.upper()

    @property
    def provider_label(self) -> str:
        return provider_label(self.provider)

    @property
    def is_oauth(self) -> bool:
        return self.auth_type == AuthType.OAUTH

    @property
    def state(self) -> str:
        """The status as this process finds it: `key_error` if its keys do not open the credentials.

        Found and not stored, because the keys of another process may well fit.
        """
        is_unreadable = self.status == Status.ACTIVE and not self.credentials.is_readable
        return Status.KEY_ERROR if is_unreadable else self.status

    @property
    def state_reason(self) -> str:
        """A word of `words.REASONS`, or ""."""
        return self.status_reason if self.state == self.status else "wrong_key"

    @property
    def is_usable(self) -> bool:
        """Whether a prompt may be sent through it; a refresh may still have to come first."""
        return self.state == Status.ACTIVE

    @property
    def next_refresh_at(self) -> datetime | None:
        """When the next one is tried; `None` where none will be."""
        if not self.is_oauth or self.state != Status.ACTIVE:
            return None
        return max(filter(None, (self.refresh_at, self.next_attempt_at)), default=None)

    @property
    def key_sentence(self) -> str:
        """When its API key ends; "" if nobody said."""
        if self.key_expires_at is None:
            return ""
        return words.key_sentence(self.key_expires_at, today=timezone.localdate())

    @property
    def key_date_sentence(self) -> str:
        """The same where "API key" stands before it."""
        if self.key_expires_at is None:
            return ""
        return words.key_date_sentence(self.key_expires_at, today=timezone.localdate())

    @property
    def state_sentence(self) -> str:
        """The state in words, with what happens next; for pages and the command line."""
        if self.state != self.status:
            return words.cannot_be_read(self.state_reason)
        return words.state_sentence(self, now=timezone.now())

    @property
    def state_level(self) -> str:
        """good, warn or bad: how loudly a page says it."""
        return "bad" if self.state != self.status else words.state_level(self, now=timezone.now())

    @property
    def default_model(self) -> str:
        return str(self.metadata.get("default_model", ""))

    @property
    def system_prompt(self) -> str:
        return str(self.metadata.get("system_prompt", ""))

    @property
    def auto_titles(self) -> bool:
        """Whether it names the conversations that it answers first."""
        return bool(self.metadata.get("auto_titles", True))

    @property
    def account(self) -> dict[str, str]:
        """Who the provider says is connected (`email`, `organization`)."""
        found: Any = self.metadata.get("account", {})
        return {str(key): str(value) for key, value in found.items()}
