from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import providers
from providers.errors import NotConfigured
from providers.registry import (
    UnknownProvider,
    build_provider,
    config_fields,
    named_fields,
    provider_names,
    setting_name,
)


def test_names_and_fields_are_what_settings_read() -> None:
    assert provider_names() == ("anthropic", "openai", "gemini", "simulator")
    assert {"base_url", "version", "beta", "oauth_client_id", "oauth_revoke_url"} < set(
        config_fields("anthropic")
    )
    assert set(config_fields("simulator")) == {
        "base_url",
        "connect_timeout_s",
        "first_event_timeout_s",
        "idle_timeout_s",
    }
    assert setting_name("anthropic", "base_url") == "MAESTRO_ANTHROPIC_BASE_URL"


@pytest.mark.parametrize("name", provider_names())
def test_every_provider_works_without_settings(name: str) -> None:
    provider = build_provider(name, dict.fromkeys(config_fields(name), ""))
    assert provider.name == name
    assert provider.label
    assert provider.oauth or provider.api_key
    assert provider.models.known("no-such-model") is None


def test_an_unknown_provider_names_those_that_exist() -> None:
    for attempt in (lambda: build_provider("openapi", {}), lambda: config_fields("openapi")):
        with pytest.raises(UnknownProvider, match="anthropic, openai, gemini, simulator"):
            attempt()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("connect_timeout_s", "soon", "Expected `float`"),
        ("idle_timeout_s", "0", "> 0"),
        ("oauth_token_body", "xml", "xml"),
        ("base_url", "api.anthropic.com", "must be an address"),
        ("base_url", "ftp://example.org", "must be an address"),
        ("base_url", "https://", "must be an address"),
        ("base_url", "https://user:pass@example.org", "must be an address"),
        ("base_url", "http://[::1", "not a valid address"),
        ("oauth_token_url", "http://example.org/token", "must begin with https://"),
        ("oauth_redirect_uri", "http://10.0.0.1/", "must begin with https://"),
        ("colour", "red", "is not a setting"),
    ],
)
def test_a_bad_value_names_its_setting(field: str, value: str, sentence: str) -> None:
    with pytest.raises(NotConfigured) as raised:
        build_provider("anthropic", {field: value})
    assert f"MAESTRO_ANTHROPIC_{field.upper()}" in raised.value.message
    assert sentence in raised.value.message
    assert "pass" not in raised.value.message


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:8", "https://example.org/a/"]
)
def test_only_this_machine_may_do_without_tls(url: str) -> None:
    assert build_provider("anthropic", {"base_url": f" {url} "}).name == "anthropic"


def test_a_name_of_the_operators_has_settings_of_its_own() -> None:
    values = {"kind": "openai", "label": "Ollama", "base_url": "http://127.0.0.1:11434/v1"}
    ollama = build_provider("ollama", values | {"api": "chat_completions"})
    assert (ollama.name, ollama.label, ollama.console_url) == ("ollama", "Ollama", "")
    assert ollama.oauth is None  # such servers have none, unless the operator sets a client
    with_client = build_provider("ollama", values | {"oauth_client_id": "x"}).oauth
    assert with_client is not None
    assert "MAESTRO_OLLAMA_OAUTH_TOKEN_URL" in with_client.missing_settings
    assert build_provider("lab", {"kind": "anthropic"}).label == "lab"
    assert set(named_fields("openai")) == {"label", *config_fields("openai")}
    assert named_fields("magic") == ()


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("ollama", {"kind": "magic"}, "has the kind “magic”"),
        ("openai", {"kind": "openai"}, "cannot be a name"),
        ("My server", {"kind": "openai"}, "cannot be a name"),
        ("", {"kind": "openai"}, "cannot be a name"),
        ("ollama", {"kind": "openai", "base_url": "nowhere"}, "MAESTRO_OLLAMA_BASE_URL"),
        ("ollama", {"kind": "openai", "api": "telex"}, "MAESTRO_OLLAMA_API"),
    ],
)
def test_a_wrong_name_or_kind_is_told(name: str, values: dict[str, str], sentence: str) -> None:
    with pytest.raises(NotConfigured, match=sentence):
        build_provider(name, values)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())
    assert project["project"]["version"] == providers.__version__
