"""The API doors of the Gemini wire: models, generateContent, streamGenerateContent and countTokens.

Each checks the credential, lets a switch break the answer, checks the request, and answers.
"""

from __future__ import annotations

from urllib.parse import unquote

from providers.messages import JsonObject
from providers.simulator.asgi import Exchange
from providers.simulator.compose import Reply, compose
from providers.simulator.doors import Doors
from providers.simulator.failures import AnswerError
from providers.simulator.gemini.auth import check_credential
from providers.simulator.gemini.events import DIALECT, whole_body
from providers.simulator.gemini.models import chat_model, get_model, list_models
from providers.simulator.gemini.request import parse_count, parse_generate, to_messages
from providers.simulator.prompt import count_input, last_prompt
from providers.simulator.stream import ReplyStream
from providers.simulator.switches import Switches

_STREAM = "streamGenerateContent"


class GeminiDoors(Doors):
    """The endpoints that a key or access token opens."""

    async def list_models(self, exchange: Exchange) -> None:
        """GET /v1beta/models."""
        check_credential(exchange, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        page = self._script.for_request(exchange.headers).page
        await exchange.answer_json(list_models(exchange.query, page=page))

    async def show_model(self, exchange: Exchange) -> None:
        """GET /v1beta/models/ID."""
        check_credential(exchange, self._grants)
        if await self.short_call_is_broken(exchange):
            return
        await exchange.answer_json(get_model(_last_word(exchange)))

    async def run_model(self, exchange: Exchange) -> None:
        """POST /v1beta/models/ID:METHOD."""
        check_credential(exchange, self._grants)
        model_id, _, method = _last_word(exchange).partition(":")
        match method:
            case "countTokens":
                await self._count_tokens(exchange, model_id)
            case "generateContent" | "streamGenerateContent":
                await self._generate(exchange, model_id, is_stream=method == _STREAM)
            case _:
                raise AnswerError(404, f"Not found: {exchange.path}")

    async def _count_tokens(self, exchange: Exchange, model_id: str) -> None:
        if await self.short_call_is_broken(exchange):
            return
        body = to_messages(parse_count(exchange.body), chat_model(model_id))
        await exchange.answer_json({"totalTokens": count_input(body)})

    async def _generate(self, exchange: Exchange, model_id: str, *, is_stream: bool) -> None:
        request = parse_generate(exchange.body)
        body = to_messages(request, {"id": model_id, "max_tokens": 1})
        prompt = last_prompt(body)
        switches = self._script.for_request(exchange.headers, prompt)
        fault = self.fault_of(exchange, switches, key=f"{len(body['messages'])} {prompt}")
        if await self.is_broken(exchange, switches, fault):
            return
        model = chat_model(model_id)
        reply = self._compose(to_messages(request, model), model, switches)
        if not is_stream:
            self._state.tokens_generated += reply.usage["output_tokens"]
            await exchange.answer_json(whole_body(reply))
            return
        if exchange.query.get("alt") != ["sse"]:
            raise AnswerError(400, "Simulator: streams come with alt=sse only.")
        stream = ReplyStream(
            exchange,
            DIALECT,
            switches=switches,
            fault=fault,
            delivery=self._state.deliver(exchange.extra_headers["x-request-id"], prompt),
            state=self._state,
        )
        await stream.send(reply, {})

    def _compose(self, body: JsonObject, model: JsonObject, switches: Switches) -> Reply:
        if body["max_tokens"] > model["max_tokens"]:
            raise AnswerError(400, f"max_output_tokens must be at most {model['max_tokens']}.")
        if (tokens := count_input(body)) > (limit := model["max_input_tokens"]):
            raise AnswerError(
                400,
                f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit}).",
            )
        if switches.thinking:
            body["thinking"] = {"type": "adaptive"}
        return compose(body, switches, self._state)


def _last_word(exchange: Exchange) -> str:
    return unquote(exchange.path.rsplit("/", 1)[-1])
