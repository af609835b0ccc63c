"""What the operator can set for Gemini: `MAESTRO_GEMINI_<FIELD>`, each with its default.

Addresses as of November 2026. The OAuth client has no default: Google lets nobody use another program's.
"""

from __future__ import annotations

from providers.settings import OAuthSettings


class GeminiConfig(OAuthSettings, frozen=True, kw_only=True):
    """Google's clients for programs have a secret besides their id. `oauth_project` is the Google Cloud project
    whose quota OAuth calls use; keys belong to a project already."""

    base_url: str = "https://generativelanguage.googleapis.com"
    api_version: str = "v1beta"
    oauth_client_secret: str = ""
    oauth_project: str = ""
    oauth_authorize_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    oauth_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
    oauth_revoke_url: str = "https://oauth2.googleapis.com/revoke"
    # A loopback address is all that Google allows to programs. Nothing listens there: the browser shows an
    # error, and the person copies the address with the code in it.
    oauth_redirect_uri: str = "http://127.0.0.1:8085/oauth2callback"
    # https://ai.google.dev/gemini-api/docs/oauth; the first two tell who is connected.
    oauth_scopes: str = (
        "openid email https://www.googleapis.com/auth/cloud-platform "
        "https://www.googleapis.com/auth/generative-language.retriever"
    )

    def __repr__(self) -> str:  # holds a secret
        return f"GeminiConfig({self.base_url})"

    def path(self, rest: str) -> str:
        """`rest` (without a slash before it) below the API's version."""
        return f"/{self.api_version}/{rest}"
