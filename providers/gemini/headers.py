"""The headers of every request to Gemini, for both kinds of credential, in one place.

Source: https://ai.google.dev/api and https://ai.google.dev/gemini-api/docs/oauth. The key never goes into the
address, where logs of proxies would keep it.
"""

from __future__ import annotations

from typing import assert_never

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens
from providers.gemini.config import GeminiConfig
from providers.headers import USER_AGENT, header_text


def build_headers(config: GeminiConfig, credentials: Credentials) -> dict[str, str]:
    """Headers for an API call with a JSON body.

    Raises `AuthenticationFailed` for a credential that no header can hold.
    """
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": USER_AGENT,
    }
    match credentials:
        case ApiKeyCredential(key=key):
            headers["x-goog-api-key"] = header_text(key)
        case OAuthTokens(access_token=token):
            headers["authorization"] = f"Bearer {header_text(token)}"
            if config.oauth_project:
                headers["x-goog-user-project"] = config.oauth_project
        case _:
            assert_never(credentials)
    return headers
