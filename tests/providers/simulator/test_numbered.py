from __future__ import annotations

import time

import msgspec

from providers.simulator.numbered import read_numbers
from tests.providers.simulator.client import HEADERS, body_for, events_of, post, streamed_text
from tests.support import plain
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

COUNT, SIZE = 5000, 40


def test_each_line_has_its_number_and_the_time_it_was_sent(simulator: RunningSimulator) -> None:
    began = time.time()
    answer = post(simulator, f"/simulate numbered {COUNT}\n/simulate size {SIZE}", stream=True, max_tokens=10)
    events = events_of(answer)
    text = streamed_text(events)
    numbers = read_numbers(text)
    times = [sent_at for _, sent_at in numbers]
    assert [number for number, _ in numbers] == list(range(1, COUNT + 1))
    assert times == sorted(times)
    assert began - 0.1 <= times[0] <= times[-1] <= time.time()
    assert {len(line) for line in text.splitlines()} == {SIZE - 1}
    assert events[-2]["usage"]["output_tokens"] == COUNT


def test_a_line_that_is_cut_counts_as_missing() -> None:
    assert read_numbers("1 12.5 🌍\n2 12.6 🌍..\n3 12.7") == [(1, 12.5), (2, 12.6)]


def test_a_delivery_tells_when_its_reader_left_and_that_nothing_came_after(
    simulator: RunningSimulator,
) -> None:
    url = f"{simulator.url}/v1/messages"
    body = body_for("marked-1 /simulate\n/simulate numbered 1000\n/simulate pace 200", stream=True)
    with plain.stream("POST", url, headers=HEADERS, json=body) as answer:
        next(answer.iter_raw())
    left_at = time.time()
    [delivery] = simulator.state.deliveries_of("marked-1")
    wait_until(lambda: delivery.ended_at)
    assert delivery.client_left
    assert delivery.request_id == answer.headers["request-id"]
    assert delivery.last_token_at <= delivery.ended_at <= left_at + 1
    assert delivery.tokens == simulator.state.tokens_generated < 1000


def test_a_delivery_that_was_read_to_its_end_is_complete(simulator: RunningSimulator) -> None:
    post(simulator, "marked-2", stream=True)
    [delivery] = simulator.state.deliveries_of("marked-2")
    wait_until(lambda: delivery.ended_at)
    assert not delivery.client_left
    assert delivery.tokens > 0
    assert msgspec.structs.asdict(simulator.state.requests[-1])["at"] <= delivery.ended_at
