"""The headers of every request to Anthropic, for both kinds of credential, in one place.

Source: https://platform.claude.com/docs/en/api/overview.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from providers.anthropic.config import AnthropicConfig
from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens
from providers.headers import USER_AGENT, header_text


def build_headers(
    config: AnthropicConfig, credentials: Credentials, *, betas: Iterable[str] = ()
) -> dict[str, str]:
    """Headers for an API call with a JSON body. `betas` are what this one request needs besides.

    Raises `AuthenticationFailed` for a credential that no header can hold.
    """
    headers = {
        "anthropic-version": config.version,
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": USER_AGENT,
    }
    wanted = [*config.beta.split(","), *betas]
    match credentials:
        case ApiKeyCredential(key=key):
            headers["x-api-key"] = header_text(key)
        case OAuthTokens(access_token=token):
            headers["authorization"] = f"Bearer {header_text(token)}"
            wanted.insert(0, config.oauth_beta)
        case _:
            assert_never(credentials)
    merged = merge_betas(wanted)
    if merged:
        headers["anthropic-beta"] = merged
    return headers


def merge_betas(values: Iterable[str]) -> str:
    """One comma-separated value, without blanks or repetitions, in the order of first appearance."""
    names = (value.strip() for value in values)
    return ",".join(dict.fromkeys(name for name in names if name))
