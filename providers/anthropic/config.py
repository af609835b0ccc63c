"""What the operator can set for Anthropic: `MAESTRO_ANTHROPIC_<FIELD>`, each with its default.

Addresses as of November 2026.
"""

from __future__ import annotations

from providers.settings import BodyForm, OAuthSettings


class AnthropicConfig(OAuthSettings, frozen=True, kw_only=True):
    """Betas are separated by commas."""

    base_url: str = "https://api.anthropic.com"
    version: str = "2023-06-01"
    beta: str = ""
    oauth_beta: str = "oauth-2025-04-20"
    oauth_authorize_url: str = "https://platform.claude.com/oauth/authorize"
    oauth_token_url: str = "https://platform.claude.com/v1/oauth/token"  # noqa: S105  # an address
    oauth_redirect_uri: str = "https://platform.claude.com/oauth/code/callback"
    oauth_scopes: str = "org:create_api_key user:profile user:inference"
    oauth_token_body: BodyForm = "json"  # noqa: S105  # a format
