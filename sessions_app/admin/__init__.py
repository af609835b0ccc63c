"""The operator's door: sessions of all owners, their states and logins, and never a secret.

`PendingLogin` is not registered: nothing in it is for people.
"""

from __future__ import annotations

from sessions_app.admin.audit import AuditEntryAdmin
from sessions_app.admin.installation_admin import InstallationAdmin
from sessions_app.admin.session_admin import ProviderSessionAdmin

__all__ = ["AuditEntryAdmin", "InstallationAdmin", "ProviderSessionAdmin"]
