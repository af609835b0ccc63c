"""The words a session's columns may hold."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _lazy


class AuthType(models.TextChoices):
    OAUTH = "oauth", _lazy("OAuth login")
    API_KEY = "api_key", _lazy("API key")


class Status(models.TextChoices):
    PENDING = "pending", _lazy("Not connected yet")
    ACTIVE = "active", _lazy("Works")
    NEEDS_LOGIN = "needs_login", _lazy("Needs login")
    KEY_ERROR = "key_error", _lazy("Cannot be read")
    QUARANTINED = "quarantined", _lazy("On hold")
    DISABLED = "disabled", _lazy("Switched off")


class Outcome(models.TextChoices):
    """How one refresh attempt ended; SENT is what a killed process leaves behind."""

    SENT = "sent", _lazy("Sent, no answer recorded")
    REFRESHED = "refreshed", _lazy("Refreshed")
    SUPERSEDED = "superseded", _lazy("Answer dropped: newer credentials were stored meanwhile")
    NOT_SENT = "not_sent", _lazy("Not sent: the provider could not be reached")
    WAIT = "wait", _lazy("The provider asked to wait")
    AMBIGUOUS = "ambiguous", _lazy("No answer: the provider may have acted")
    SERVER_FAILED = "server_failed", _lazy("The provider failed")
    UNEXPECTED = "unexpected", _lazy("Something else than the provider answered")
    REFUSED = "refused", _lazy("The provider refused the refresh token")
    MISCONFIGURED = "misconfigured", _lazy("The operator's settings were not accepted")
