"""Everything that can go wrong with a provider, as one tree.

    ProviderError
    ├── NotConfigured            the operator has not set what this needs
    ├── NotSupported             this vendor has nothing of the sort
    ├── TransportError
    │   ├── ConnectFailed        DNS, TLS, refused, connect time-out: nothing was sent
    │   ├── ConnectionLost       cut after sending: the provider may have acted
    │   └── ResponseTimeout      silence after sending: the provider may have acted
    ├── UnexpectedAnswer         not the provider's format: a proxy's HTML, an empty or odd body
    ├── StreamCutOff             a stream ended without its last event
    ├── ApiError                 the provider said no, in its own format
    │   ├── InvalidRequest       400 and other 4xx
    │   │   └── RequestTooLarge  413
    │   ├── AuthenticationFailed 401
    │   ├── BillingProblem       402
    │   ├── PermissionDenied     403
    │   ├── NotFound             404, also an unknown or retired model
    │   ├── Conflict             409
    │   ├── RateLimited          429 that passes with time
    │   ├── SpendLimitReached    429 that does not
    │   ├── ServerFailed         5xx
    │   └── Overloaded           529, 503
    └── OAuthError               the token endpoint said no
        ├── GrantRefused         the code or refresh token is dead: log in again
        └── OAuthMisconfigured   our client id, redirect or request is wrong: tell the operator

A class says by `retryable` whether trying the same request again can help, and by `maybe_processed`
whether the provider may have acted on it. `message` is the provider's own sentence where it gave
one: text from outside, to be escaped like user input. No error carries a request or response body.
"""

from __future__ import annotations

from typing import ClassVar

from providers.limits import Limit


class ProviderError(Exception):
    """Root of the tree. Also a value: `events.Failed` carries one.

    `kind` is a stable word for pages, logs and JSON; `status` the HTTP status if there was one;
    `error_type` and `error_code` the provider's own words; `retry_after` seconds to wait, if told;
    `should_retry` the provider's own verdict (`x-should-retry`), which overrules the class's; `limits` what
    was left of its rate limits, if it said so.
    """

    kind: ClassVar[str] = "provider_error"
    retry_can_help: ClassVar[bool] = False
    maybe_processed: ClassVar[bool] = False
    limits: tuple[Limit, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_type: str | None = None,
        error_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_type = error_type
        self.error_code = error_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.should_retry = should_retry

    @property
    def retryable(self) -> bool:
        """Whether sending the same request again can help."""
        return self.retry_can_help if self.should_retry is None else self.should_retry

    def describe(self) -> dict[str, str | int | float | bool | None]:
        """The error as JSON-able facts, without secrets: for logs, `--json` output and the browser."""
        return {
            "kind": self.kind,
            "message": self.message,
            "status": self.status,
            "error_type": self.error_type,
            "error_code": self.error_code,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
            "retryable": self.retryable,
        }


class NotConfigured(ProviderError):
    """The operator has not set something; `message` names the settings."""

    kind = "not_configured"


class NotSupported(ProviderError):
    """This vendor, or this kind of server, has nothing of the sort."""

    kind = "not_supported"


class TransportError(ProviderError):
    """The connection failed; the provider said nothing we could read."""

    kind = "transport_error"
    retry_can_help = True


class ConnectFailed(TransportError):
    """Nothing reached the provider, so trying again is free of side effects."""

    kind = "connect_failed"


class ConnectionLost(TransportError):
    """The connection broke after the request was sent."""

    kind = "connection_lost"
    maybe_processed = True


class ResponseTimeout(TransportError):
    """The provider stayed silent longer than the limit for silence."""

    kind = "response_timeout"
    maybe_processed = True


class UnexpectedAnswer(ProviderError):
    """Something answered, but not in the provider's format (a proxy, a captive portal)."""

    kind = "unexpected_answer"
    retry_can_help = True
    maybe_processed = True


class StreamCutOff(ProviderError):
    """The body ended before the provider's last event: the answer is incomplete."""

    kind = "stream_cut_off"
    retry_can_help = True
    maybe_processed = True


class ApiError(ProviderError):
    """The provider answered with an error in its own format."""

    kind = "api_error"


class InvalidRequest(ApiError):
    """The request itself is wrong; sending it again changes nothing."""

    kind = "invalid_request"


class RequestTooLarge(InvalidRequest):
    """The body is over the provider's limit."""

    kind = "request_too_large"


class AuthenticationFailed(ApiError):
    """The key or token is not accepted."""

    kind = "authentication_failed"


class BillingProblem(ApiError):
    """The account cannot pay."""

    kind = "billing_problem"


class PermissionDenied(ApiError):
    """The account may not do this."""

    kind = "permission_denied"


class NotFound(ApiError):
    """No such thing, for example an unknown or retired model."""

    kind = "not_found"


class Conflict(ApiError):
    """Two requests got in each other's way."""

    kind = "conflict"
    retry_can_help = True


class RateLimited(ApiError):
    """Too much at once; `retry_after` says when it passes, in seconds."""

    kind = "rate_limited"
    retry_can_help = True


class SpendLimitReached(ApiError):
    """A limit that waiting does not lift."""

    kind = "spend_limit_reached"


class ServerFailed(ApiError):
    """The provider broke."""

    kind = "server_failed"
    retry_can_help = True
    maybe_processed = True


class Overloaded(ApiError):
    """The provider is too busy and did not process the request."""

    kind = "overloaded"
    retry_can_help = True


class OAuthError(ProviderError):
    """The token endpoint refused."""

    kind = "oauth_error"


class GrantRefused(OAuthError):
    """The authorization code or refresh token is not valid (any more)."""

    kind = "grant_refused"


class OAuthMisconfigured(OAuthError):
    """The operator's client id, redirect or endpoints are not accepted."""

    kind = "oauth_misconfigured"
