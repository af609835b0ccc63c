"""The API doors of Anthropic's wire: messages, token counting and models.

Each checks the headers, lets a switch break the answer, checks the request, and answers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from providers.messages import JsonObject
from providers.simulator.asgi import Exchange
from providers.simulator.auth import check_headers
from providers.simulator.compose import compose, message_body
from providers.simulator.doors import Doors
from providers.simulator.events import DIALECT
from providers.simulator.models import get_model, list_models
from providers.simulator.prompt import count_input, last_prompt
from providers.simulator.stream import ReplyStream
from providers.simulator.validation import check_rules, parse_body

LIMITS = {"requests": 1000, "tokens": 500_000, "input-tokens": 400_000, "output-tokens": 100_000}


class ApiDoors(Doors):
    """The endpoints that a key or access token opens."""

    async def create_message(self, exchange: Exchange) -> None:
        """POST /v1/messages, whole or streamed."""
        check_headers(exchange.headers, self._grants)
        body = _body(exchange)
        prompt = last_prompt(body)
        switches = self._script.for_request(exchange.headers, prompt)
        fault = self.fault_of(exchange, switches, key=f"{len(body['messages'])} {prompt}")
        if await self.is_broken(exchange, switches, fault):
            return
        check_rules(body, version=exchange.headers["anthropic-version"])
        reply = compose(body, switches, self._state)
        headers = _limit_headers(reply.usage)
        if not body.get("stream"):
            self._state.tokens_generated += reply.usage["output_tokens"]
            await exchange.answer_json(message_body(reply), headers=headers)
            return
        request_id = exchange.extra_headers["request-id"]
        stream = ReplyStream(
            exchange,
            DIALECT,
            switches=switches,
            fault=fault,
            delivery=self._state.deliver(request_id, prompt),
            state=self._state,
        )
        await stream.send(reply, headers)

    async def count_tokens(self, exchange: Exchange) -> None:
        """POST /v1/messages/count_tokens."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        body = _body(exchange, counting=True)
        check_rules(body, version=exchange.headers["anthropic-version"])
        await exchange.answer_json({"input_tokens": count_input(body)})

    async def list_models(self, exchange: Exchange) -> None:
        """GET /v1/models."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        page = self._script.for_request(exchange.headers).page
        await exchange.answer_json(list_models(exchange.query, page=page))

    async def show_model(self, exchange: Exchange) -> None:
        """GET /v1/models/ID."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        await exchange.answer_json(get_model(unquote(exchange.path.rsplit("/", 1)[-1])))


def _body(exchange: Exchange, *, counting: bool = False) -> JsonObject:
    return parse_body(exchange.body, exchange.headers.get("content-type", ""), counting=counting)


def _limit_headers(usage: JsonObject) -> dict[str, str]:
    """Rate-limit headers as if this were the only request of the minute."""
    reset = (datetime.now(UTC) + timedelta(minutes=1)).replace(microsecond=0)
    used = {
        "requests": 1,
        "tokens": usage["input_tokens"] + usage["output_tokens"],
        "input-tokens": usage["input_tokens"],
        "output-tokens": usage["output_tokens"],
    }
    headers = {"anthropic-organization-id": "00000000-0000-4000-8000-000000000002"}
    for name, limit in LIMITS.items():
        headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
        headers[f"anthropic-ratelimit-{name}-remaining"] = str(max(limit - used[name], 0))
        headers[f"anthropic-ratelimit-{name}-reset"] = reset.isoformat().replace("+00:00", "Z")
    return headers
