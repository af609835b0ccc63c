"""What the Gemini tests share."""

from __future__ import annotations

from pathlib import Path

from providers.credentials import ApiKeyCredential, Secret
from providers.interface import Provider
from providers.registry import build_provider

FIXTURES = Path(__file__).parent / "fixtures"
API_KEY = "AIzaSy" + "k" * 29 + "a1b2"
CREDENTIAL = ApiKeyCredential(Secret(API_KEY))
MODEL = "gemini-3.5-flash"


def gemini_at(url: str, **settings: str) -> Provider:
    """The real provider with every address at `url`."""
    values = {
        "base_url": url,
        "oauth_client_id": "client-1",
        "oauth_authorize_url": f"{url}/authorize",
        "oauth_token_url": f"{url}/token",
        "oauth_revoke_url": f"{url}/revoke",
        "oauth_redirect_uri": f"{url}/callback",
    }
    return build_provider("gemini", values | settings)


def body_of(fixture: str) -> bytes:
    """A recorded stream."""
    return (FIXTURES / f"{fixture}.sse").read_bytes()
