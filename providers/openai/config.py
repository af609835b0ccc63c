"""What the operator can set for OpenAI, or for a server that speaks its wire: `MAESTRO_OPENAI_<FIELD>`.

No OAuth client, endpoint or redirect ships with Maestro: they belong to whoever registered them.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from providers.settings import BodyForm, OAuthSettings

_VENDOR = "api.openai.com"


class OpenAIConfig(OAuthSettings, frozen=True, kw_only=True):
    """`api` is the wire: most other servers speak chat_completions only. `organization` and `project` are sent
    with API keys."""

    base_url: str = "https://api.openai.com/v1"
    api: Literal["responses", "chat_completions"] = "responses"
    organization: str = ""
    project: str = ""
    oauth_scopes: str = "openid profile email offline_access"
    oauth_revoke_body: BodyForm = "json"

    @property
    def is_vendor(self) -> bool:
        """Whether this is OpenAI itself (or one of its regions), whose models and prices we know."""
        host = urlsplit(self.base_url).hostname or ""
        return host == _VENDOR or host.endswith(f".{_VENDOR}")
