"""Who may ask: the header checks in front of every API path.

https://platform.claude.com/docs/en/api/overview#authentication and the version and beta headers.
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.simulator.failures import AnswerError
from providers.simulator.grants import ACCESS_PREFIX, REFRESH_PREFIX, GrantBook

KEY_PREFIX = "sk-sim-"
REVOKED_PREFIX = "sk-sim-revoked"
OAUTH_BETA = "oauth-2025-04-20"
LATEST_VERSION = "2026-10-21"
VERSIONS = ("2023-06-01", LATEST_VERSION)


def check_headers(headers: Mapping[str, str], grants: GrantBook) -> None:
    """Raises `AnswerError`: 401 for a credential, 400 for a version that is missing or not known."""
    if "origin" in headers:
        raise AnswerError(401, "CORS requests are not allowed for this Organization.")
    _check_credential(headers, grants)
    version = headers.get("anthropic-version")
    if version is None:
        raise AnswerError(400, "anthropic-version: header is required")
    if version not in VERSIONS:
        raise AnswerError(400, f'anthropic-version: "{version}" is not a valid version')


def _check_credential(headers: Mapping[str, str], grants: GrantBook) -> None:
    if "x-api-key" in headers:
        _check_key(headers["x-api-key"], "invalid x-api-key")
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AnswerError(401, "x-api-key header is required")
    if token.startswith(ACCESS_PREFIX):
        _check_oauth(token, headers, grants)
    else:
        _check_key(token, "invalid bearer token")


def _check_key(key: str, refusal: str) -> None:
    if key.startswith(REVOKED_PREFIX):
        raise AnswerError(401, "This API key has been revoked.")
    if not key.startswith(KEY_PREFIX) or key.startswith((ACCESS_PREFIX, REFRESH_PREFIX)):
        raise AnswerError(401, refusal)


def _check_oauth(token: str, headers: Mapping[str, str], grants: GrantBook) -> None:
    betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",")]
    if OAUTH_BETA not in betas:
        raise AnswerError(401, "OAuth authentication is currently not supported.")
    if not grants.accepts(token):
        raise AnswerError(401, "Invalid authentication credentials")
