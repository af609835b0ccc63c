"""`AuditEntry`: who did what to a session, and from where. Append-only, and it outlives the session. No secrets."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from sessions_app.words import worded


class AppendOnly(Exception):
    """Somebody tried to change or remove what is on record."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Entries of the record are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Entries of the record are never removed.")


class AuditEntry(models.Model):
    at = models.DateTimeField()
    # Names beside the keys, because the record must still speak when users and sessions are gone.
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True, default="")
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    owner_name = models.CharField(max_length=150, blank=True, default="")
    session_id = models.UUIDField(null=True)
    session_name = models.CharField(max_length=64, blank=True, default="")
    action = models.CharField(max_length=80)  # in words, in English: "Renamed"
    place = models.CharField(max_length=120, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _lazy("activity")
        verbose_name_plural = _lazy("activity")
        indexes = [
            models.Index(fields=["owner", "-at", "-id"], name="audit_by_owner"),
            models.Index(fields=["session_id", "-at", "-id"], name="audit_by_session"),
            models.Index(fields=["session_id", "place"], name="audit_by_place"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.session_name}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Entries of the record are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Entries of the record are never removed.")

    @property
    def what(self) -> str:
        """The action in the reader's language."""
        return worded(self.action)
