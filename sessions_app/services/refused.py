"""Refresh tokens that the provider refused for good, remembered by fingerprint and never sent again.

However one of them comes back, by a restored database or by a login that gives the same one: sending it
could cost the session that grew out of it (RFC 9700 §4.14.2: reuse revokes the whole family).
"""

from __future__ import annotations

from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from providers.credentials import OAuthTokens
from sessions_app import crypto
from sessions_app.models import RefusedToken


@sensitive_variables()
def remember(tokens: OAuthTokens, *, now: datetime) -> None:
    """The provider refused the refresh token in `tokens`, and confirmed it."""
    if tokens.refresh_token:
        fingerprint = crypto.fingerprint(tokens.refresh_token.reveal())
        RefusedToken.objects.get_or_create(fingerprint=fingerprint, defaults={"refused_at": now})


@sensitive_variables()
def is_known(tokens: OAuthTokens) -> bool:
    """Whether the refresh token in `tokens` was refused before; also by a fingerprint of an older secret key."""
    if not tokens.refresh_token:
        return False
    fingerprints = crypto.fingerprints(tokens.refresh_token.reveal())
    return RefusedToken.objects.filter(fingerprint__in=fingerprints).exists()
