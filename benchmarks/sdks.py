"""The vendors' own clients reading a recorded answer: their raw event streams, typed, without accumulation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import httpx2
import openai
from google import genai

_QUESTION: Any = [{"role": "user", "content": "x"}]


class _Body(httpx2.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


def _client(chunks: list[bytes]) -> httpx2.Client:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_Body(chunks))

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def anthropic_messages(chunks: list[bytes]) -> int:
    """How many events the SDK saw."""
    with _client(chunks) as http_client:
        client = anthropic.Anthropic(api_key="none", base_url="http://127.0.0.1", http_client=http_client)
        return sum(
            1 for _ in client.messages.create(model="m", max_tokens=1, messages=_QUESTION, stream=True)
        )


def openai_responses(chunks: list[bytes]) -> int:
    """How many events the SDK saw."""
    with _client(chunks) as http_client:
        client = openai.OpenAI(api_key="none", base_url="http://127.0.0.1", http_client=http_client)
        return sum(1 for _ in client.responses.create(model="m", input="x", stream=True))


def openai_completions(chunks: list[bytes]) -> int:
    """How many chunks the SDK saw, and the last line, at which it stops."""
    with _client(chunks) as http_client:
        client = openai.OpenAI(api_key="none", base_url="http://127.0.0.1", http_client=http_client)
        stream = client.chat.completions.create(model="m", messages=_QUESTION, stream=True)
        return sum(1 for _ in stream) + 1


def gemini(chunks: list[bytes]) -> int:
    """How many events the SDK saw."""

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from chunks

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Body())

    with httpx.Client(transport=httpx.MockTransport(answer)) as http_client:
        options = genai.types.HttpOptions(base_url="http://127.0.0.1", httpx_client=http_client)
        client = genai.Client(api_key="none", http_options=options)
        return sum(1 for _ in client.models.generate_content_stream(model="m", contents="x"))
