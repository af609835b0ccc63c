"""What the OpenAI tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from providers.credentials import ApiKeyCredential, Secret
from providers.events import Completed, Event, Failed
from providers.interface import Provider
from providers.registry import build_provider
from providers.streaming import Handler, parse_stream

FIXTURES = Path(__file__).parent / "fixtures"
API_KEY = "sk-proj-" + "k" * 60 + "a1b2"
CREDENTIAL = ApiKeyCredential(Secret(API_KEY))
MODEL = "gpt-6.1-sol"


def openai_at(url: str, **settings: str) -> Provider:
    """The real provider with every address at `url`."""
    values = {
        "base_url": f"{url}/v1",
        "oauth_client_id": "client-1",
        "oauth_authorize_url": f"{url}/authorize",
        "oauth_token_url": f"{url}/token",
        "oauth_revoke_url": f"{url}/revoke",
        "oauth_redirect_uri": "http://localhost:1455/auth/callback",
    }
    return build_provider("openai", values | settings)


async def read(fixture: str, handler: Handler) -> list[Event]:
    """Our events for a recorded stream; exactly one is terminal, and it is the last."""

    async def body() -> AsyncIterator[bytes]:
        yield (FIXTURES / f"{fixture}.sse").read_bytes()

    events = [event async for event in parse_stream(body(), handler)]
    assert [event for event in events if isinstance(event, Completed | Failed)] == events[-1:]
    return events
