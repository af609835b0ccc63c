"""Which text to answer: a fact, an essay, or an honest echo."""

from __future__ import annotations

import re

from providers.messages import JsonObject
from providers.simulator.essays import essay, is_essay_wanted, lengthen, topic_of
from providers.simulator.facts import short_answer
from providers.simulator.prompt import CHARACTERS_PER_TOKEN, text_of, tool_results, user_texts
from providers.simulator.switches import strip_switches

TITLE_WISH = re.compile(r"write a title\b", re.IGNORECASE)


def answer_text(body: JsonObject, *, length: int = 0) -> str:
    """The answer to a request, at least `length` tokens long."""
    prompts = [strip_switches(text) for text in user_texts(body)]
    results = tool_results(body)
    text = _about_results(results) if results else _answer(prompts)
    return lengthen(text, tokens=length, characters_per_token=CHARACTERS_PER_TOKEN) if length else text


def thinking_text(body: JsonObject) -> str:
    """What the simulator pretends to think."""
    prompts = user_texts(body) or [""]
    topic = topic_of(strip_switches(prompts[-1]))
    return (
        f"The user asks about {topic}. I look for a prepared answer. A short question gets a short answer, "
        "a longer one gets headings, a list and some code."
    )


def _answer(prompts: list[str]) -> str:
    prompt = prompts[-1] if prompts else ""
    if TITLE_WISH.match(prompt) and len(prompts) > 1:
        topic = topic_of(prompts[0])
        return topic[:1].upper() + topic[1:]
    if not prompt:
        return "I am ready. Write a question and I will answer with prepared text."
    if answer := short_answer(prompt, prompts[:-1]):
        return answer
    if is_essay_wanted(prompt):
        return essay(prompt)
    return (
        f"You asked about {topic_of(prompt)}. I am Maestro's simulator and know little about that, but your "
        "message reached me, and this answer reached you."
    )


def _about_results(results: list[JsonObject]) -> str:
    shown = "; ".join(text_of(result.get("content") or "(nothing)") for result in results)
    if any(result.get("is_error") for result in results):
        return f"The tool failed and said: {shown}"
    return f"The tool answered: {shown}"
