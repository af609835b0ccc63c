from __future__ import annotations

from itertools import groupby

import httpx
import pytest

from providers.simulator.failures import ERROR_TYPES, SIMULATED
from providers.simulator.switches import Script
from tests.providers.simulator.client import HEADERS, body_for, events_of, get, post, send, streamed_text
from tests.support import plain
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

EVENTS_BEFORE_TEXT = 3  # message_start, ping, content_block_start


def kinds_of(answer: httpx.Response) -> list[str]:
    return [event["type"] for event in events_of(answer)]


def read_into(received: bytearray, simulator: RunningSimulator, prompt: str) -> None:
    """Collect what arrives of a stream, even if it breaks."""
    url, body = f"{simulator.url}/v1/messages", body_for(prompt, stream=True)
    with plain.stream("POST", url, headers=HEADERS, json=body) as answer:
        for piece in answer.iter_raw():
            received += piece


@pytest.mark.parametrize("fault", SIMULATED)
def test_error_answers_have_the_vendors_form(simulator: RunningSimulator, fault: str) -> None:
    simulator.set(fault=fault, retry_after=9)
    answer = post(simulator, "hi", stream=True)
    status, sentence = SIMULATED[fault]
    assert (answer.status_code, answer.json()["type"]) == (status, "error")
    assert answer.json()["error"]["type"] == ERROR_TYPES[status]
    assert answer.json()["error"]["message"] == sentence
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert answer.headers.get("retry-after") == ("9" if fault == "rate_limit" else None)


def test_spend_limit_names_its_code(simulator: RunningSimulator) -> None:
    simulator.set(fault="spend_limit")
    details = post(simulator, "hi").json()["error"]["details"]
    assert details == {"error_code": "enforced_spend_limit_reached"}


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/simulator-small"])
def test_faults_reach_the_models_too_unless_a_path_is_given(simulator: RunningSimulator, path: str) -> None:
    simulator.set(fault="overloaded")
    assert get(simulator.url + path, headers=HEADERS).status_code == 529
    simulator.set(path="/messages")
    assert get(simulator.url + path, headers=HEADERS).status_code == 200
    assert post(simulator, "hi").status_code == 529


def test_faults_reach_token_counting(simulator: RunningSimulator) -> None:
    simulator.set(fault="server_error")
    url = f"{simulator.url}/v1/messages/count_tokens"
    assert send(url, headers=HEADERS, json=body_for("hi")).status_code == 500


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("html", 200, "<!doctype html>"),
        ("bad_gateway", 502, "<!doctype html>"),
        ("empty", 200, ""),
        ("not_json", 200, '{"half": '),
        ("redirect", 307, ""),
    ],
)
def test_something_else_can_answer(simulator: RunningSimulator, fault: str, status: int, body: str) -> None:
    simulator.set(fault=fault)
    answer = post(simulator, "hi")
    assert answer.status_code == status
    assert answer.text.startswith(body)


def test_connection_can_close_without_an_answer(simulator: RunningSimulator) -> None:
    simulator.set(fault="hang_up", first=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        post(simulator, "hi")
    assert post(simulator, "hi").status_code == 200


def test_error_event_ends_a_stream(simulator: RunningSimulator) -> None:
    events = events_of(post(simulator, "/simulate error 5\nsay: a long enough text", stream=True))
    assert len(events) == 6
    assert events[-1]["error"]["type"] == "overloaded_error"


def test_truncated_stream_ends_cleanly_without_its_last_event(simulator: RunningSimulator) -> None:
    kinds = kinds_of(post(simulator, "/simulate truncate 4\nsay: a long enough text", stream=True))
    assert kinds == ["message_start", "ping", "content_block_start", "content_block_delta"]


@pytest.mark.parametrize(("fault", "ending"), [("cut", b"\n\n"), ("cut_utf8", b"\xf0\x9f")])
def test_connection_breaks_in_a_stream(simulator: RunningSimulator, fault: str, ending: bytes) -> None:
    simulator.set(fault=fault, after=5)
    received = bytearray()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        read_into(received, simulator, "say: a long enough text")
    assert received.endswith(ending)
    assert received.count(b"event: ") == (5 if fault == "cut" else 6)


def test_cut_after_the_end_of_a_short_answer_still_breaks(simulator: RunningSimulator) -> None:
    simulator.set(fault="cut", after=1000)
    with pytest.raises(httpx.RemoteProtocolError):
        post(simulator, "hi", stream=True)


def test_stall_sends_pings_and_goes_on(simulator: RunningSimulator) -> None:
    simulator.set(fault="stall", after=4, seconds=0.05, ping=0.01)
    kinds = [kind for kind, _ in groupby(kinds_of(post(simulator, "say: a long text", stream=True)))]
    assert kinds[3:6] == ["content_block_delta", "ping", "content_block_delta"]
    assert kinds[-1] == "message_stop"


def test_silence_is_silent(simulator: RunningSimulator) -> None:
    simulator.set(fault="silence", after=4, seconds=0.05)
    kinds = kinds_of(post(simulator, "say: a long text", stream=True))
    assert kinds.count("ping") == 1
    assert kinds[-1] == "message_stop"


def test_unknown_events_are_mixed_in(simulator: RunningSimulator) -> None:
    events = events_of(post(simulator, "/simulate unknown_events\nsay: yes", stream=True))
    assert {"weather_report", "message_stop"} <= {event["type"] for event in events}
    assert any(event.get("delta", {}).get("type") == "scent_delta" for event in events)


def test_first_counts_each_prompt_apart(simulator: RunningSimulator) -> None:
    prompt = "/simulate overloaded 1\nsay: again"
    assert [post(simulator, prompt).status_code for _ in range(3)] == [529, 200, 200]
    assert post(simulator, prompt + " and again").status_code == 529


@pytest.mark.parametrize(
    ("prompt", "check"),
    [
        ("/simulate thinking\nhi", lambda answer: answer["content"][0]["type"] == "thinking"),
        ("/simulate search\nhi", lambda answer: answer["content"][0]["type"] == "server_tool_use"),
        ("/simulate tool look_up\nhi", lambda answer: answer["content"][1]["name"] == "look_up"),
        ("/simulate stop refusal\nhi", lambda answer: answer["stop_details"]["type"] == "refusal"),
        ("/simulate stop pause_turn\nhi", lambda answer: answer["stop_reason"] == "pause_turn"),
        ("/simulate length 500\nhi", lambda answer: answer["usage"]["output_tokens"] >= 500),
    ],
)
def test_prompt_can_ask_for_a_kind_of_answer(simulator: RunningSimulator, prompt: str, check: object) -> None:
    assert callable(check)
    assert check(post(simulator, prompt).json())


def test_switch_lines_are_not_part_of_the_question(simulator: RunningSimulator) -> None:
    answer = post(simulator, "say: one\n/simulate chunk 2\ntwo").json()
    assert answer["content"][0]["text"] == "one\n\ntwo"


def test_headers_set_switches_and_the_prompt_wins(simulator: RunningSimulator) -> None:
    headers = {"x-simulator-chunk": "100", "x-simulator-stop": "refusal"}
    kinds = kinds_of(post(simulator, "say: some longer text", headers, stream=True))
    assert kinds.count("content_block_delta") == 1
    answer = post(simulator, "/simulate stop max_tokens\nhi", headers).json()
    assert answer["stop_reason"] == "max_tokens"


@pytest.mark.parametrize("line", ["nonsense", "pace quickly", "fault nonsense", "token_fault nonsense", ""])
def test_unknown_switch_is_explained(simulator: RunningSimulator, line: str) -> None:
    answer = post(simulator, f"/simulate {line}\nhi")
    assert answer.status_code == 400
    assert "Simulator: no such" in answer.json()["error"]["message"]


def test_pace_takes_its_time(simulator: RunningSimulator) -> None:
    simulator.set(pace=100)
    answer = post(simulator, "say: " + "1234" * 20, stream=True)
    assert streamed_text(events_of(answer)) == "1234" * 20
    assert answer.elapsed.total_seconds() >= 0.19


def test_client_that_leaves_stops_the_stream(simulator: RunningSimulator) -> None:
    simulator.set(pace=50)
    body = body_for("/simulate length 5000\nhi", stream=True)
    with plain.stream("POST", f"{simulator.url}/v1/messages", headers=HEADERS, json=body) as answer:
        pieces = answer.iter_raw()  # kept: an iterator that is thrown away closes the connection
        next(pieces)
        assert simulator.state.open_streams == 1
    wait_until(lambda: simulator.state.disconnects == 1 and simulator.state.open_streams == 0)
    generated = simulator.state.tokens_generated
    assert generated < 100
    post(simulator, "say: tick")
    assert simulator.state.tokens_generated == generated + 1


def test_client_that_leaves_stops_an_unpaced_stream(simulator: RunningSimulator) -> None:
    body = body_for("/simulate length 100000\nhi", max_tokens=128_000, stream=True)
    with plain.stream("POST", f"{simulator.url}/v1/messages", headers=HEADERS, json=body) as answer:
        next(answer.iter_raw())
    wait_until(lambda: simulator.state.disconnects == 1 and simulator.state.open_streams == 0)
    assert simulator.state.tokens_generated < 100_000


def test_script_keeps_what_it_was_made_with() -> None:
    script = Script(pace=0, grace=5)
    script.set(pace=3, fault="cut")
    script.reset()
    assert (script.switches.pace, script.switches.grace, script.switches.fault) == (0, 5, "")
