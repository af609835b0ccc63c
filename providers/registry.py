"""One line per provider, and the way from an operator's strings to a provider that works.

Adding a provider means one package and one line in `PROVIDERS`; everything else asks the record for
what it can do. The operator may define further ones under names of their own, each of a built-in `kind`
with settings of its own: several servers that speak one wire.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from providers import anthropic, gemini, openai, simulator
from providers.anthropic.config import AnthropicConfig
from providers.errors import NotConfigured
from providers.gemini.config import GeminiConfig
from providers.interface import Provider
from providers.openai.config import OpenAIConfig
from providers.simulator.config import SimulatorConfig

# Settings of a named provider that are not its kind's: what it is, and what people call it.
KIND, LABEL = "kind", "label"
NAMED_SETTING = "MAESTRO_NAMED_PROVIDERS"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


class UnknownProvider(LookupError):
    """No provider of this name is built in."""


class Entry(msgspec.Struct, frozen=True):
    """How to make one provider: the class of its settings, and what turns them and a name into a provider."""

    config: type[msgspec.Struct]
    build: Callable[..., Provider]


PROVIDERS: Mapping[str, Entry] = {
    "anthropic": Entry(AnthropicConfig, anthropic.build),
    "openai": Entry(OpenAIConfig, openai.build),
    "gemini": Entry(GeminiConfig, gemini.build),
    "simulator": Entry(SimulatorConfig, simulator.build),
}


_CALLED = ("base_url", "oauth_token_url")


def provider_names() -> tuple[str, ...]:
    """The names of all built-in providers, in the order in which they are offered."""
    return tuple(PROVIDERS)


def config_fields(name: str) -> tuple[str, ...]:
    """The settings of a built-in provider, in lower case and without prefix. Raises `UnknownProvider`."""
    return tuple(field.name for field in msgspec.structs.fields(_entry(name).config))


def named_fields(kind: str) -> tuple[str, ...]:
    """The settings of a named provider of this kind; none for a kind that does not exist."""
    return (LABEL, *config_fields(kind)) if kind in PROVIDERS else ()


def setting_name(provider: str, field: str) -> str:
    """The environment variable behind one field: `MAESTRO_<PROVIDER>_<FIELD>`."""
    return f"MAESTRO_{provider}_{field}".upper()


def build_provider(name: str, values: Mapping[str, str]) -> Provider:
    """The provider `name` with these settings; an empty or missing value means the default. For a named
    provider `values` hold its `kind`, and may hold a `label`.

    Raises `UnknownProvider`, and `NotConfigured` that names the environment variable at fault.
    """
    entry, own = _kind_of(name, values)
    provider = entry.build(_config(entry, name, own), name=name)
    if KIND not in values:
        return provider
    return msgspec.structs.replace(provider, label=values.get(LABEL, "").strip() or name)


def addresses(name: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Where requests go that carry credentials. Raises as `build_provider`."""
    entry, own = _kind_of(name, values)
    config = _config(entry, name, own)
    return tuple(url for field in _CALLED if (url := getattr(config, field, "")))


def _kind_of(name: str, values: Mapping[str, str]) -> tuple[Entry, Mapping[str, str]]:
    """What makes this provider, and the settings that belong to it."""
    kind = values.get(KIND)
    if kind is None:
        return _entry(name), values
    if name in PROVIDERS or not _NAME.fullmatch(name):
        raise NotConfigured(
            f"{NAMED_SETTING}: “{name[:40]}” cannot be a name. Use small letters, digits and _, and none of "
            f"{', '.join(PROVIDERS)}."
        )
    if kind not in PROVIDERS:
        raise NotConfigured(
            f"{NAMED_SETTING}: “{name}” has the kind “{kind[:40]}”. Known kinds: {', '.join(PROVIDERS)}."
        )
    return PROVIDERS[kind], {field: value for field, value in values.items() if field not in {KIND, LABEL}}


def _config(entry: Entry, name: str, values: Mapping[str, str]) -> msgspec.Struct:
    fields = {field.name: field for field in msgspec.structs.fields(entry.config)}
    checked: dict[str, object] = {}
    for key, value in values.items():
        if key not in fields:
            raise NotConfigured(f"{setting_name(name, key)} is not a setting of this provider.")
        if value.strip():
            checked[key] = _convert(setting_name(name, key), value.strip(), fields[key].type)
    return entry.config(**checked)


def _entry(name: str) -> Entry:
    try:
        return PROVIDERS[name]
    except KeyError:
        known = ", ".join(PROVIDERS)
        raise UnknownProvider(f"There is no provider “{name}”. Known providers: {known}.") from None


def _convert(setting: str, value: str, kind: object) -> object:
    if setting.endswith(("_URL", "_URI")):
        _check_address(setting, value)
    try:
        converted: object = msgspec.convert(value, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise NotConfigured(f"{setting} is not valid: {error}.") from None
    return converted


def _check_address(setting: str, value: str) -> None:
    """Secrets travel to these addresses, so only this machine may do without TLS."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise NotConfigured(f"{setting} is not a valid address.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise NotConfigured(f"{setting} must be an address like https://host/path.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise NotConfigured(f"{setting} must begin with https://, because secrets are sent there.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
