"""The rows of this app. They hold data and its constraints; services decide what happens to it."""

from __future__ import annotations

from sessions_app.models.attempts import RefreshAttempt
from sessions_app.models.audit import AuditEntry
from sessions_app.models.budget import Budget
from sessions_app.models.health import SessionHealth
from sessions_app.models.installation import Installation
from sessions_app.models.listed import ListedModels
from sessions_app.models.login import PendingLogin
from sessions_app.models.refused import RefusedToken
from sessions_app.models.session import AuthType, ProviderSession, Status
from sessions_app.models.usage import UsageRecord

__all__ = [
    "AuditEntry",
    "AuthType",
    "Budget",
    "Installation",
    "ListedModels",
    "PendingLogin",
    "ProviderSession",
    "RefreshAttempt",
    "RefusedToken",
    "SessionHealth",
    "Status",
    "UsageRecord",
]
