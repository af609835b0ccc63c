"""Errors of the provider, before and after the first token: one answer, one charge."""

from __future__ import annotations

import asyncio

import pytest

from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation, Served
from tests.reliability.streams.tab import tabs
from tests.reliability.streams.talk import new_mark, prompt, unbroken
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.once

COUNT, AFTER, BEFORE_TEXT = 60, 40, 3
RETRY_AFTER_S = 1.5
BEFORE = {
    "429": ["rate_limit", "first 1", f"retry_after {RETRY_AFTER_S}"],
    "529": ["overloaded", "first 1"],
    "500": ["server_error", "first 1"],
    "529 twice": ["overloaded", "first 2"],
    "error event": ["error 1", "first 1"],
}
NEVER_AGAIN = {
    "429 of a spend limit": (["spend_limit"], 1),
    "429 for 61 s": (["rate_limit 61"], 1),
    "529 for ever": (["overloaded"], 3),
    "no answer, which may have been charged": (["hang_up"], 1),
}
MIDDLE = {
    "error event": f"error {AFTER}",
    "cut": f"cut {AFTER}",
    "end without a last event": f"truncate {AFTER}",
}


def requests_of(upstream: RunningSimulator, mark: str) -> list[float]:
    """When the provider was asked for the answer to this message."""
    return [one.at for one in upstream.state.requests if mark.encode() in one.body]


@pytest.mark.parametrize("trouble", BEFORE)
async def test_trouble_before_the_first_token_is_tried_again(
    place: Installation, server: Served, upstream: RunningSimulator, fast: bool, trouble: str
) -> None:
    marks = [new_mark() for _ in range(1 if fast else 20)]
    async with tabs(place.people[0], server.address) as [tab]:
        generations = await asyncio.gather(
            *(tab.asked(prompt(mark, *BEFORE[trouble], numbered=COUNT, pace=0)) for mark in marks)
        )
        for generation in generations:
            assert (await tab.end_of(generation)).status == "complete"
    calls = 3 if "twice" in trouble else 2
    for run, mark in zip(place.call("runs", ids=generations), marks, strict=True):
        asked_at = requests_of(upstream, mark)
        charged = [one for one in upstream.state.deliveries_of(mark) if one.tokens]
        assert (unbroken(run["text"]), run["flaw"], run["attempt"]) == (COUNT, "", calls)
        assert (len(asked_at), len(charged)) == (calls, 1)
        if trouble == "429":
            assert RETRY_AFTER_S <= asked_at[1] - asked_at[0] <= RETRY_AFTER_S + 1
    waited = f", Retry-After {RETRY_AFTER_S} s obeyed" if trouble == "429" else ""
    record(
        f"{trouble} before the first token", f"{len(marks)} answers, {len(marks)} charges{waited}", fast=fast
    )


@pytest.mark.parametrize("trouble", NEVER_AGAIN)
async def test_trouble_that_waiting_does_not_cure_is_told(
    place: Installation, server: Served, upstream: RunningSimulator, trouble: str
) -> None:
    mark, (lines, calls) = new_mark(), NEVER_AGAIN[trouble]
    async with tabs(place.people[0], server.address) as [tab]:
        generation = await tab.asked(prompt(mark, *lines))
        end = await tab.end_of(generation)
    assert (end.status, len(requests_of(upstream, mark))) == ("failed", calls)
    assert end.error is not None
    assert end.error.message


@pytest.mark.parametrize("trouble", MIDDLE)
async def test_trouble_after_the_first_token_keeps_the_text_and_pays_once(
    place: Installation, server: Served, upstream: RunningSimulator, fast: bool, trouble: str
) -> None:
    marks = [new_mark() for _ in range(1 if fast else 20)]
    async with tabs(place.people[0], server.address) as [tab]:
        generations = await asyncio.gather(
            *(tab.asked(prompt(mark, MIDDLE[trouble], numbered=COUNT, pace=0)) for mark in marks)
        )
        for generation in generations:
            assert (await tab.end_of(generation)).status == "interrupted"
            assert unbroken(tab.shown[generation].text) == AFTER - BEFORE_TEXT
    for run, mark in zip(place.call("runs", ids=generations), marks, strict=True):
        assert (unbroken(run["text"]), run["flaw"]) == (AFTER - BEFORE_TEXT, "")
        assert len(requests_of(upstream, mark)) == 1
    record(
        f"{trouble} after the first token",
        f"{len(marks)} answers, text kept, {len(marks)} charges",
        fast=fast,
    )
