"""Trying the product without an account: a session at a provider that gives everybody a key."""

from __future__ import annotations

from itertools import count

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from providers.credentials import Secret
from providers.interface import Provider
from sessions_app.enums import AuthType
from sessions_app.errors import NameTaken, ProviderUnavailable
from sessions_app.models import ProviderSession
from sessions_app.services.providers import available_providers
from sessions_app.services.sessions import create_session


def trial_provider() -> Provider | None:
    """The provider that needs no account, if this server offers one."""
    return next((one for one in available_providers() if one.trial_key), None)


def start_trial(owner: User) -> ProviderSession:
    """A session there; the one that works already, so that a double click makes one.

    Raises `ProviderUnavailable`, `KeyRejected`, `ProviderProblem`, `KeysDoNotFit`.
    """
    provider = trial_provider()
    if provider is None:
        said = _("This server offers nothing that works without an account. Add a session.")
        raise ProviderUnavailable(said)
    for number in count(1):
        if (working := _working(owner, provider)) is not None:
            return working
        try:
            return create_session(
                owner=owner,
                provider=provider.name,
                auth_type=AuthType.API_KEY,
                name=provider.name if number == 1 else f"{provider.name} {number}",
                api_key=Secret(provider.trial_key),
            )
        except NameTaken:
            continue  # by another click, or by something else of that name
    raise AssertionError("names do not end")


def _working(owner: User, provider: Provider) -> ProviderSession | None:
    mine = ProviderSession.objects.owned_by(owner).filter(provider=provider.name)
    return next((one for one in mine.order_by("created_at") if one.is_usable), None)
