"""Who may ask: a key in a header or the address, or an access token. https://ai.google.dev/gemini-api/docs/api-key"""

from __future__ import annotations

from providers.simulator.asgi import Exchange
from providers.simulator.auth import KEY_PREFIX, REVOKED_PREFIX
from providers.simulator.failures import AnswerError
from providers.simulator.gemini.failures import KEY_INVALID
from providers.simulator.grants import ACCESS_PREFIX, REFRESH_PREFIX, GrantBook

GOOGLE_PREFIX = "AIzaSim"
_KEY_PREFIXES = (GOOGLE_PREFIX, KEY_PREFIX)
_NO_KEYS = (REVOKED_PREFIX, ACCESS_PREFIX, REFRESH_PREFIX)


def check_credential(exchange: Exchange, grants: GrantBook) -> None:
    """Raises `AnswerError`: 400 for a key (Google's way), 401 for a token, 403 for neither."""
    key = exchange.headers.get("x-goog-api-key") or exchange.query.get("key", [""])[0]
    if key:
        if not key.startswith(_KEY_PREFIXES) or key.startswith(_NO_KEYS):
            raise AnswerError(400, "API key not valid. Please pass a valid API key.", error_code=KEY_INVALID)
        return
    scheme, _, token = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AnswerError(403, "Method doesn't allow unregistered callers (callers without an API key).")
    if not grants.accepts(token):
        raise AnswerError(401, "Request had invalid authentication credentials.")
