"""OpenAI's API doors: responses, chat completions, token counting and models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from providers.messages import JsonObject
from providers.simulator.asgi import Exchange
from providers.simulator.compose import Reply, compose
from providers.simulator.doors import Doors
from providers.simulator.models import MODELS, get_model
from providers.simulator.openai import responses
from providers.simulator.openai.auth import check_headers
from providers.simulator.openai.completions import completion_object, make_dialect
from providers.simulator.openai.replies import counters
from providers.simulator.openai.requests import read_completion, read_response
from providers.simulator.prompt import count_input, last_prompt
from providers.simulator.stream import Dialect, ReplyStream
from providers.simulator.validation import check_rules

# The rules between fields are those of the version whose sampling parameters a model may still take.
LIMITS = {"requests": 1000, "tokens": 500_000}
_RULES = "2023-06-01"


class OpenAIDoors(Doors):
    """The endpoints that a key or access token opens."""

    async def create_response(self, exchange: Exchange) -> None:
        """POST /v1/responses, whole or streamed."""
        check_headers(exchange.headers, self._grants)
        raw, body = read_response(exchange.body)
        await self._reply(exchange, raw, body, responses.response_object, responses.DIALECT)

    async def create_completion(self, exchange: Exchange) -> None:
        """POST /v1/chat/completions, whole or streamed."""
        check_headers(exchange.headers, self._grants)
        raw, body = read_completion(exchange.body)
        with_usage = bool((raw.get("stream_options") or {}).get("include_usage"))
        await self._reply(exchange, raw, body, completion_object, make_dialect(with_usage=with_usage))

    async def count_tokens(self, exchange: Exchange) -> None:
        """POST /v1/responses/input_tokens."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        _, body = read_response(exchange.body)
        check_rules(body, version=_RULES)
        await exchange.answer_json({"object": "response.input_tokens", "input_tokens": count_input(body)})

    async def list_models(self, exchange: Exchange) -> None:
        """GET /v1/models: all of them, without pages."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        data = [_model(model) for model in MODELS if model["lifecycle"] != "retired"]
        await exchange.answer_json({"object": "list", "data": data})

    async def show_model(self, exchange: Exchange) -> None:
        """GET /v1/models/ID."""
        check_headers(exchange.headers, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        await exchange.answer_json(_model(get_model(unquote(exchange.path.rsplit("/", 1)[-1]))))

    async def _reply(
        self,
        exchange: Exchange,
        raw: JsonObject,
        body: JsonObject,
        whole: Callable[[Reply], JsonObject],
        dialect: Dialect,
    ) -> None:
        prompt = last_prompt(body)
        switches = self._script.for_request(exchange.headers, prompt)
        fault = self.fault_of(exchange, switches, key=f"{len(body['messages'])} {prompt}")
        if await self.is_broken(exchange, switches, fault):
            return
        check_rules(body, version=_RULES)
        reply = compose(body, switches, self._state)
        if not raw.get("stream"):
            self._state.tokens_generated += reply.usage["output_tokens"]
            await exchange.answer_json(whole(reply), headers=_limit_headers(reply))
            return
        stream = ReplyStream(
            exchange,
            dialect,
            switches=switches,
            fault=fault,
            delivery=self._state.deliver(exchange.extra_headers["x-request-id"], prompt),
            state=self._state,
        )
        await stream.send(reply, _limit_headers(reply))


def _limit_headers(reply: Reply) -> dict[str, str]:
    """Rate-limit headers as if this were the only request of the minute."""
    tokens = counters(reply)
    used = {"requests": 1, "tokens": tokens.input + tokens.output}
    headers = {}
    for name, limit in LIMITS.items():
        headers[f"x-ratelimit-limit-{name}"] = str(limit)
        headers[f"x-ratelimit-remaining-{name}"] = str(max(limit - used[name], 0))
        headers[f"x-ratelimit-reset-{name}"] = "1m0s"
    return headers


def _model(model: JsonObject) -> JsonObject:
    created = datetime.fromisoformat(model["created_at"])
    return {
        "id": model["id"],
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": "simulator",
        "shutdown_date": model["retires_at"],
    }
