"""What it means when Gemini stops: a table from its words to our endings. Pure.

The list of reasons is open (https://ai.google.dev/api/generate-content#FinishReason): one that is newer than this
table is passed on in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.errors import InvalidRequest, ProviderError, UnexpectedAnswer
from providers.events import Completed, Failed, StopReason, Usage
from providers.refusals import sentence

_REASONS: Mapping[str, str] = {
    "STOP": "end_turn",
    "MAX_TOKENS": "max_tokens",
    "CONTINUATION": "pause_turn",
    "FUNCTION_CALL": "end_turn",  # not Google's word, but that of other servers of this wire
    "FINISH_REASON_UNSPECIFIED": "unknown",
}
# Google's filters, each with what it tells a person where Google sends no sentence of its own.
_FILTERS: Mapping[str, str] = {
    "SAFETY": "Google's safety filter stopped the answer.",
    "RECITATION": "Google stopped the answer because it repeated a source too closely.",
    "LANGUAGE": "Google stopped the answer because the model does not support its language.",
    "BLOCKLIST": "Google stopped the answer because of a word on a blocklist.",
    "PROHIBITED_CONTENT": "Google stopped the answer because it may hold prohibited content.",
    "SPII": "Google stopped the answer because it may hold sensitive personal data.",
    "IMAGE_SAFETY": "Google's safety filter stopped an image.",
    "IMAGE_PROHIBITED_CONTENT": "Google stopped an image because it may show prohibited content.",
    "IMAGE_RECITATION": "Google stopped an image because it was too close to a source.",
    "IMAGE_OTHER": "Google stopped an image and gives no reason.",
    "NO_IMAGE": "The model was to make an image and made none.",
    "ESCALATION": "A rule of Google's stopped the request.",
    "PUP_LIMITED_DISABLED": "Google has limited or disabled this account for breaking its use policy.",
    "MODEL_ARMOR": "Model Armor stopped the answer.",
    "JAILBREAK": "Google took the prompt for an attempt to get around its rules.",
    "OTHER": "Google stopped the answer and gives no reason.",
}
# Answers that cannot be used: what the model wrote was no request for a tool, or was no answer at all.
_BROKEN: Mapping[str, str] = {
    "MALFORMED_FUNCTION_CALL": "The model asked for a tool in a form that cannot be read. Ask again.",
    "UNEXPECTED_TOOL_CALL": "The model asked for a tool that it was not offered. Ask again.",
    "TOO_MANY_TOOL_CALLS": "The model used its tools too often without coming to an answer. Ask again.",
    "MALFORMED_RESPONSE": "The model's answer cannot be read. Ask again.",
}
_NO_SIGNATURE = "MISSING_THOUGHT_SIGNATURE"


def answer_ended(
    reason: str, message: str, *, has_tool_calls: bool, usage: Usage, request_id: str | None
) -> Completed | Failed:
    """The last event for an answer that stopped with `reason`; `message` is Google's sentence, often empty."""
    if reason in _BROKEN:
        return _failed(UnexpectedAnswer(_BROKEN[reason], error_type=reason, request_id=request_id))
    if reason == _NO_SIGNATURE:
        text = sentence(message) or "A request for a tool was sent back without the signature it came with."
        return _failed(InvalidRequest(text, error_type=reason, request_id=request_id))
    if reason in _FILTERS:
        return _filtered(reason, message or _FILTERS[reason], usage)
    word = _REASONS.get(reason, reason.lower())
    if word == "end_turn" and has_tool_calls:
        word = "tool_use"
    return Completed(stop_reason=StopReason(reason=word), usage=usage)


def prompt_blocked(reason: str, message: str, *, usage: Usage) -> Completed:
    """The last event where Google did not let the model see the prompt."""
    why = (
        message
        or f"Google blocked the prompt ({reason}), so the model did not see it. Put it in other words."
    )
    return _filtered(reason, why, usage)


def _filtered(category: str, explanation: str, usage: Usage) -> Completed:
    stop = StopReason(reason="refusal", category=category[:60], explanation=sentence(explanation))
    return Completed(stop_reason=stop, usage=usage)


def _failed(error: ProviderError) -> Failed:
    return Failed(error=error)
