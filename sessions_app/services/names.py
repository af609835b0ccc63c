"""Rules for what people type: names of sessions, and API keys. Nothing here asks a provider."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from providers.credentials import ApiKeyCredential, Secret
from providers.interface import Provider
from sessions_app.errors import InvalidName, KeyRejected
from sessions_app.models.session import NAME_LENGTH
from sessions_app.services.providers import available_providers

_NAME = re.compile(r"[\w.\- ]+")
_KEY = re.compile(r"[\x21-\x7e]+")
_KEY_LENGTH = 1024
# One or two words with their dashes, or the letters before an ellipsis.
_PREFIX = re.compile(r"[A-Za-z]{2,8}-(?:[A-Za-z]{2,8}-)?|[A-Za-z]{2,8}(?=…|\.\.\.)")


def clean_name(name: str) -> str:
    """`name` without outer spaces. Raises `InvalidName`."""
    name = name.strip()
    if not name:
        raise InvalidName(_("Give the session a name, for example work_claude."))
    if len(name) > NAME_LENGTH:
        said = ngettext(
            "The name has %(count)d character; at most %(most)d are allowed.",
            "The name has %(count)d characters; at most %(most)d are allowed.",
            len(name),
        )
        raise InvalidName(said % {"count": len(name), "most": NAME_LENGTH})
    if not _NAME.fullmatch(name):
        raise InvalidName(_("A name may have letters, digits, spaces, and _ - . only."))
    return name


@sensitive_variables()
def clean_key(key: Secret, provider: Provider) -> ApiKeyCredential:
    """`key` without outer spaces. Raises `KeyRejected` for what cannot be a key of `provider`."""
    text = key.reveal().strip()
    if not text:
        raise KeyRejected(_("Paste the API key.") + _where(provider))
    if len(text) > _KEY_LENGTH or not _KEY.fullmatch(text):
        raise KeyRejected(_("This is not an API key: a key is one line without spaces. Copy it again."))
    other = _issuer(text, provider)
    if other is not None:
        said = _(
            "This looks like a key for %(other)s. Choose %(other)s as the provider, "
            "or paste a key of %(provider)s."
        )
        facts = {"other": other.label, "provider": provider.label}
        raise KeyRejected(said % facts + _where(provider))
    return ApiKeyCredential(Secret(text))


def key_hint(provider: Provider, key: ApiKeyCredential) -> str:
    """A sentence for a refused key that does not look like the provider's keys, else nothing."""
    prefix = _prefix(provider)
    if not prefix or key.key.reveal().startswith(prefix):
        return ""
    said = _("Keys of %(provider)s begin with %(prefix)s.") % {"provider": provider.label, "prefix": prefix}
    return f" {said}"


@sensitive_variables()
def _issuer(text: str, chosen: Provider) -> Provider | None:
    """The provider whose keys look most like `text`, if it is another than `chosen`."""
    matching = [p for p in available_providers() if _prefix(p) and text.startswith(_prefix(p))]
    best = max(matching, key=lambda p: len(_prefix(p)), default=chosen)
    return best if best.name != chosen.name and len(_prefix(best)) > _own_match(text, chosen) else None


def _own_match(text: str, provider: Provider) -> int:
    return len(_prefix(provider)) if text.startswith(_prefix(provider)) else 0


def _prefix(provider: Provider) -> str:
    """The fixed beginning of the provider's keys: "sk-xyz-" out of a hint such as "sk-xyz-a1b2…"."""
    found = _PREFIX.match(provider.api_key_hint)
    return found[0] if found else ""


def _where(provider: Provider) -> str:
    if not provider.console_url:
        return ""
    return " " + _("You get one at %(address)s.") % {"address": provider.console_url}
