"""What the operator can set for the simulator: `MAESTRO_SIMULATOR_<FIELD>`, each with its default."""

from __future__ import annotations

from providers.anthropic.config import AnthropicConfig
from providers.settings import ConnectionSettings

CLIENT_ID = "maestro-simulator"


class SimulatorConfig(ConnectionSettings, frozen=True, kw_only=True):
    """Where the simulator answers, and the same times (seconds) as for the real provider."""

    base_url: str = "http://127.0.0.1:8000/simulator"

    def as_anthropic(self) -> AnthropicConfig:
        """The configuration of the wire that the simulator speaks; every address is its own."""
        base = self.base_url.rstrip("/")
        return AnthropicConfig(
            base_url=base,
            oauth_client_id=CLIENT_ID,
            oauth_authorize_url=f"{base}/oauth/authorize",
            oauth_token_url=f"{base}/v1/oauth/token",
            oauth_revoke_url=f"{base}/v1/oauth/revoke",
            oauth_redirect_uri=f"{base}/oauth/code/callback",
            connect_timeout_s=self.connect_timeout_s,
            first_event_timeout_s=self.first_event_timeout_s,
            idle_timeout_s=self.idle_timeout_s,
        )
