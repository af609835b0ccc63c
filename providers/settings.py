"""The settings that vendors have in common: where they are, how long to wait, whose OAuth client to use.

A vendor's own config inherits from these and adds its differences. Every field is the environment variable
`MAESTRO_<PROVIDER>_<FIELD>`; times are in seconds. An OAuth client id never has a default: it belongs to
whoever registered it, and without one the login by code is off.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from providers.http import CallTimeouts, StreamTimeouts

BodyForm = Literal["json", "form"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the vendor's API is, and how patient we are with it."""

    base_url: str
    connect_timeout_s: Seconds = 10.0
    first_event_timeout_s: Seconds = 120.0
    idle_timeout_s: Seconds = 120.0

    def url(self, path: str) -> str:
        """`path` (with its slash) under the base URL. Credentials go nowhere else."""
        return self.base_url.rstrip("/") + path

    def call_timeouts(self) -> CallTimeouts:
        """For short calls to the API."""
        return CallTimeouts(connect_s=self.connect_timeout_s)

    def stream_timeouts(self) -> StreamTimeouts:
        """For answers that stream."""
        return StreamTimeouts(
            connect_s=self.connect_timeout_s,
            first_event_s=self.first_event_timeout_s,
            idle_s=self.idle_timeout_s,
        )


class OAuthSettings(ConnectionSettings, frozen=True, kw_only=True):
    """Besides, an OAuth client of the operator's own; `oauth_scopes` are separated by spaces."""

    oauth_client_id: str = ""
    oauth_authorize_url: str = ""
    oauth_token_url: str = ""
    oauth_revoke_url: str = ""
    oauth_redirect_uri: str = ""
    oauth_scopes: str = ""
    oauth_token_body: BodyForm = "form"  # noqa: S105  # a format
