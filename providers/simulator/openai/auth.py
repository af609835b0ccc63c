"""Who may ask on OpenAI's wire. https://platform.openai.com/docs/api-reference/authentication"""

from __future__ import annotations

from collections.abc import Mapping

from providers.simulator.failures import AnswerError
from providers.simulator.grants import ACCESS_PREFIX, REFRESH_PREFIX, GrantBook

KEY_PREFIXES = ("sk-sim-", "sk-proj-sim-")
ORGANIZATION_PREFIX = "org-sim"


def check_headers(headers: Mapping[str, str], grants: GrantBook) -> None:
    """Raises `AnswerError` (401) for a credential or an organization that is not accepted."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AnswerError(401, "You didn't provide an API key in an Authorization header.", error_code="none")
    if token.startswith(ACCESS_PREFIX):
        if not grants.accepts(token):
            raise AnswerError(401, "Your authentication token has expired.", error_code="token_expired")
        return
    _check_key(token)
    organization = headers.get("openai-organization")
    if organization is not None and not organization.startswith(ORGANIZATION_PREFIX):
        raise AnswerError(
            401,
            "OpenAI-Organization header should match organization for API key",
            error_code="mismatched_organization",
        )


def _check_key(key: str) -> None:
    prefix = next((known for known in KEY_PREFIXES if key.startswith(known)), None)
    if prefix is None or key.startswith(REFRESH_PREFIX):
        raise AnswerError(401, "Incorrect API key provided.")
    if key.removeprefix(prefix).startswith("revoked"):
        raise AnswerError(401, "This API key has been revoked.")
