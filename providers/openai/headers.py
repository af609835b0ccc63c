"""The headers of every request to OpenAI, for both kinds of credential, in one place.

Source: https://platform.openai.com/docs/api-reference/authentication.
"""

from __future__ import annotations

from providers.credentials import ApiKeyCredential, Credentials
from providers.headers import USER_AGENT, header_text
from providers.openai.config import OpenAIConfig


def build_headers(config: OpenAIConfig, credentials: Credentials) -> dict[str, str]:
    """Headers for an API call with a JSON body. An access token is bound to its organization already.

    Raises `AuthenticationFailed` for a credential that no header can hold.
    """
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": USER_AGENT,
    }
    if isinstance(credentials, ApiKeyCredential):
        headers["authorization"] = f"Bearer {header_text(credentials.key)}"
        if config.organization:
            headers["openai-organization"] = config.organization
        if config.project:
            headers["openai-project"] = config.project
    else:
        headers["authorization"] = f"Bearer {header_text(credentials.access_token)}"
    return headers
