"""Which providers this server offers. Knows no row, so that models may ask it for a label.

`settings.MAESTRO_PROVIDERS` is the offer: provider name → what the operator set. A provider that is not
in it is treated as absent, even if its package is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from providers.errors import NotConfigured
from providers.interface import OAuth, Provider
from providers.registry import build_provider
from sessions_app.enums import AuthType
from sessions_app.errors import AuthTypeUnavailable, ProviderUnavailable
from sessions_app.words import listed


def get_provider(name: str) -> Provider:
    """The provider, built once per settings value. Raises `ProviderUnavailable`."""
    offered: Mapping[str, Mapping[str, str]] = settings.MAESTRO_PROVIDERS
    if name not in offered:
        said = _("This server has no provider “%(name)s”. It offers: %(known)s.")
        raise ProviderUnavailable(said % {"name": name[:40], "known": ", ".join(offered) or _("none")})
    try:
        return _build(name, tuple(sorted(offered[name].items())))
    except NotConfigured as error:
        said = _("The operator must correct the settings: %(reason)s") % {"reason": error.message}
        raise ProviderUnavailable(said) from error


def available_providers() -> tuple[Provider, ...]:
    """Every provider offered here, in the registry's order; one with broken settings is left out."""
    found = []
    for name in settings.MAESTRO_PROVIDERS:
        try:
            found.append(get_provider(name))
        except ProviderUnavailable:
            continue  # `manage.py check` tells the operator; users see what works
    return tuple(found)


def provider_label(name: str) -> str:
    """What people call the provider; the bare name where this server does not offer it."""
    try:
        return get_provider(name).label
    except ProviderUnavailable:
        return name


def require_auth_type(provider: Provider, auth_type: str) -> None:
    """Raises `AuthTypeUnavailable` unless `provider` can be used in that way on this server."""
    if auth_type == AuthType.OAUTH:
        require_oauth(provider)
    elif auth_type != AuthType.API_KEY or provider.api_key is None:
        said = _("%(provider)s cannot be used with %(auth_type)s.")
        facts = {"provider": provider.label, "auth_type": auth_type[:40] or _("nothing")}
        raise AuthTypeUnavailable(said % facts)


def require_oauth(provider: Provider) -> OAuth:
    """The provider's OAuth, ready to use. Raises `AuthTypeUnavailable` naming the missing settings."""
    if provider.oauth is None:
        said = _("%(provider)s has no OAuth login. Use an API key.")
        raise AuthTypeUnavailable(said % {"provider": provider.label})
    if missing := provider.oauth.missing_settings:
        said = _(
            "OAuth login at %(provider)s is not set up on this server. "
            "The operator must set %(settings)s. An API key works without it."
        )
        raise AuthTypeUnavailable(said % {"provider": provider.label, "settings": listed(missing)})
    return provider.oauth


@lru_cache(maxsize=32)
def _build(name: str, values: tuple[tuple[str, str], ...]) -> Provider:
    return build_provider(name, dict(values))
