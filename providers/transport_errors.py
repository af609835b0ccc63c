"""Turns the exceptions of httpx and aiohttp into our three transport errors.

The question that matters is whether the request may have reached the provider. The adapter between
the two libraries blurs it (it reports a server that hung up as a connect time-out), so the cause
below is looked at first.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator

import aiohttp
import httpx

from providers.errors import ConnectFailed, ConnectionLost, ProviderError, ResponseTimeout, UnexpectedAnswer

# Everything the two libraries raise; `TimeoutError` and TLS errors are `OSError`s.
TRANSPORT_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, aiohttp.ClientError, OSError)

_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
_SILENCE = (aiohttp.SocketTimeoutError, httpx.TimeoutException, TimeoutError, asyncio.TimeoutError)


def transport_error(error: BaseException, *, host: str) -> ProviderError:
    """The typed error for what httpx or aiohttp raised while talking to `host`."""
    root = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(root, _BEFORE_SENDING):
        return ConnectFailed(
            f"Could not connect to {host}: {_connect_reason(error)}. Check the network and the configured address."
        )
    if isinstance(root, aiohttp.ClientResponseError | httpx.DecodingError):
        return UnexpectedAnswer(f"The answer of {host} is not valid HTTP. Check the configured address.")
    if isinstance(root, _SILENCE):
        return response_timeout(host)
    return ConnectionLost(f"The connection to {host} was lost before the answer was complete.")


def response_timeout(host: str) -> ResponseTimeout:
    """The typed error for too long a silence."""
    return ResponseTimeout(f"{host} stayed silent for too long.")


def _connect_reason(error: BaseException) -> str:
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return "its name is not known (DNS)"
            case ssl.SSLCertVerificationError():
                return "its TLS certificate is not valid"
            case ssl.SSLError():
                return "no secure connection (TLS) is possible"
            case ConnectionRefusedError():
                return "it refuses connections"
            case httpx.TimeoutException() | TimeoutError():
                return "it does not answer"
            case httpx.UnsupportedProtocol() | httpx.InvalidURL() | aiohttp.InvalidURL():
                return "the address is not a valid http(s) URL"
            case _:
                continue
    return "no connection is possible"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain from the innermost cause outwards, because the innermost is the most exact."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        inner = getattr(current, "os_error", None)  # aiohttp keeps the socket's error here
        current = inner if isinstance(inner, BaseException) else (current.__cause__ or current.__context__)
    return reversed(chain)
