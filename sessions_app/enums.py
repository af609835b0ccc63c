"""The words a session's columns may hold."""

from __future__ import annotations

from django.db import models


class AuthType(models.TextChoices):
    OAUTH = "oauth", "OAuth login"
    API_KEY = "api_key", "API key"


class Status(models.TextChoices):
    PENDING = "pending", "Not connected yet"
    ACTIVE = "active", "Works"
    NEEDS_LOGIN = "needs_login", "Needs login"
    KEY_ERROR = "key_error", "Cannot be read"
    QUARANTINED = "quarantined", "On hold"
    DISABLED = "disabled", "Switched off"


class Outcome(models.TextChoices):
    """How one refresh attempt ended; SENT is what a killed process leaves behind."""

    SENT = "sent", "Sent, no answer recorded"
    REFRESHED = "refreshed", "Refreshed"
    SUPERSEDED = "superseded", "Answer dropped: newer credentials were stored meanwhile"
    NOT_SENT = "not_sent", "Not sent: the provider could not be reached"
    WAIT = "wait", "The provider asked to wait"
    AMBIGUOUS = "ambiguous", "No answer: the provider may have acted"
    SERVER_FAILED = "server_failed", "The provider failed"
    UNEXPECTED = "unexpected", "Something else than the provider answered"
    REFUSED = "refused", "The provider refused the refresh token"
    MISCONFIGURED = "misconfigured", "The operator's settings were not accepted"
