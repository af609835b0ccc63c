from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sse import EventTooLarge, ServerSentEvent, SseDecoder


def decode(*chunks: bytes, limit: int = 1000) -> list[tuple[str, bytes]]:
    decoder = SseDecoder(max_event_bytes=limit)
    return [(event.name, event.data) for chunk in chunks for event in decoder.feed(chunk)]


def bytewise(body: bytes, *, limit: int = 1000) -> list[tuple[str, bytes]]:
    return decode(*(body[at : at + 1] for at in range(len(body))), limit=limit)


# The examples of https://html.spec.whatwg.org/multipage/server-sent-events.html, and what each must give.
SPECIFICATION = {
    b"data: YHOO\ndata: +2\ndata: 10\n\n": [("message", b"YHOO\n+2\n10")],
    b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n": [
        ("message", b"first event"),
        ("message", b"second event"),
    ],
    b"data\n\ndata\ndata\n\ndata:": [("message", b""), ("message", b"\n")],
    b"data:test\n\ndata: test\n\n": [("message", b"test"), ("message", b"test")],
    b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n": [
        ("add", b"73857293"),
        ("remove", b"2153"),
        ("add", b"113411"),
    ],
}
OTHERS = {
    b"\xef\xbb\xbfdata: after a byte order mark\n\n": [("message", b"after a byte order mark")],
    b"\xef\xbb\xbf\xef\xbb\xbfdata: only the first mark counts\n\ndata: x\n\n": [("message", b"x")],
    b"\xef\xbbdata: not a mark\n\n": [],
    b"data: 1\n\ndata: 2\n\nevent: a\ndata: 3\n\ndata: 4\ndata: 5\n\ndata: 6\r\r\n": [
        ("message", b"1"),
        ("message", b"2"),
        ("a", b"3"),
        ("message", b"4\n5"),
        ("message", b"6"),
    ],
    b"event: a\ndata: 1\r\rdata: 2\r\n\r\ndata: 3\n\r\n": [("a", b"1"), ("message", b"2"), ("message", b"3")],
    "data: line\u2028separator and next\u0085line\n\n".encode(): [
        ("message", "line\u2028separator and next\u0085line".encode())
    ],
    b": ping\n\n: ping\n: ping\n\n": [],
    b"event: lonely\n\ndata: not lonely\n\n": [("message", b"not lonely")],
    b"event: a\nevent: b\ndata: the last name wins\n\n": [("b", b"the last name wins")],
    b"event: \ndata: an empty name is the default\n\n": [("message", b"an empty name is the default")],
    b"data: 1\nevent: after\nunknown: field\nretry: 10\n\n": [("after", b"1")],
    b"event: a\ndata: 1\n\n\n\n\nevent: a\ndata: 2\n\n": [("a", b"1"), ("a", b"2")],
    b"event: a\ndata: \n\n": [("a", b"")],
    b"event: a\ndata: no empty line at the end\n": [],
    b"event: a\ndata: no line end at all": [],
    b"": [],
}


@pytest.mark.parametrize(("body", "events"), (SPECIFICATION | OTHERS).items())
def test_gives_the_events_of_the_specification(body: bytes, events: list[tuple[str, bytes]]) -> None:
    assert decode(body) == events
    assert bytewise(body) == events


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("body", SPECIFICATION)
def test_all_line_endings_mean_the_same(body: bytes, ending: bytes) -> None:
    changed = body.replace(b"\n", ending)
    assert decode(changed) == bytewise(changed) == decode(body)


def test_an_event_is_given_as_soon_as_a_carriage_return_ends_it() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: now\r\r") == [ServerSentEvent("message", b"now")]
    assert decoder.feed(b"\ndata: next\r") == []
    assert decoder.feed(b"\r\n") == [ServerSentEvent("message", b"next")]


def test_the_last_id_stays_until_another_comes() -> None:
    body = b"event: a\ndata: 1\n\nid: 7\ndata: 2\n\nevent: a\ndata: 3\n\nid: 8\0\ndata: 4\n\nid\ndata: 5\n\n"
    assert [event.last_id for event in SseDecoder().feed(body)] == ["", "7", "7", "7", ""]


def test_a_name_that_is_not_utf8_is_kept_readable() -> None:
    assert decode(b"event: \xff\ndata: 1\n\n") == [("\ufffd", b"1")]


def test_names_without_end_do_not_fill_the_memory() -> None:
    decoder = SseDecoder()
    names = [decoder.feed(f"event: n{n}\ndata: 1\n\n".encode())[0].name for n in range(200)]
    assert names == [f"n{n}" for n in range(200)]
    assert len(decoder._names) <= 64


@pytest.mark.parametrize("cut", ["whole", "bytewise"])
def test_an_event_may_be_as_large_as_the_limit_and_no_larger(cut: str) -> None:
    read = decode if cut == "whole" else bytewise
    small = b"data: " + b"x" * 14
    assert read(b"\n" + small + b"\n\n", limit=20) == [("message", b"x" * 14)]
    with pytest.raises(EventTooLarge):
        read(small + b"x\n\n", limit=20)


def test_an_event_without_end_is_refused_and_what_came_before_is_kept() -> None:
    decoder = SseDecoder(max_event_bytes=20)
    with pytest.raises(EventTooLarge) as raised:
        decoder.feed(b"data: 1\n\ndata: " + b"x" * 30)
    assert [event.data for event in raised.value.before] == [b"1"]
    with pytest.raises(EventTooLarge) as raised:
        SseDecoder(max_event_bytes=20).feed(b"data: 1\n\ndata: " + b"x" * 30 + b"\n\ndata: 2\n\n")
    assert [event.data for event in raised.value.before] == [b"1"]


LINES = st.sampled_from([
    b"data: x", b"data:y", b"data", b"event: ping", b"event:a", b"id: 1", b": c", b"", b"", "data: é🗼\u2028".encode()
])  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
BODIES = st.one_of(
    st.lists(st.tuples(LINES, ENDS)).map(lambda lines: b"".join(line + end for line, end in lines)),
    st.binary(max_size=200),
)


@given(st.sampled_from([b"", b"\xef\xbb\xbf"]), BODIES, st.data())
def test_any_chunking_gives_the_same_events(mark: bytes, body: bytes, data: st.DataObject) -> None:
    body = mark + body
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    chunks = [body[begin:end] for begin, end in pairwise([0, *cuts, len(body)])]
    assert decode(*chunks) == decode(body) == bytewise(body)


@given(st.lists(st.tuples(LINES, ENDS)).map(lambda lines: b"".join(line + end for line, end in lines)))
def test_agrees_with_the_specification_read_word_by_word(body: bytes) -> None:
    assert decode(body) == by_the_letter(body)


def by_the_letter(body: bytes) -> list[tuple[str, bytes]]:
    """The specification's algorithm on whole text: slow, and obviously right."""
    text = body.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    name, data, events = "", "", []
    for line in text.split("\n")[:-1]:
        if not line:
            if data:
                events.append((name or "message", data.removesuffix("\n").encode()))
            name = data = ""
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            name = value if field == "event" else name
            data += value + "\n" if field == "data" else ""
    return events
