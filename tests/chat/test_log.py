"""Numbers, offsets and merging of the event log, without anything else."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from chat.log import (
    ROW_LIMIT,
    Cursor,
    Ended,
    EventLog,
    Frame,
    Retrying,
    decode_event,
    drop_units,
    encode_payload,
    fold,
    units,
)
from chat.merging import merged
from providers.events import BlockReceived, TextDelta, ThinkingDelta, ToolInputDelta, Usage, UsageReported
from providers.reply import ReplyBuilder

TEXTS = st.text(alphabet="ab é€😀\x00\n", max_size=8)
EVENTS = st.one_of(
    st.builds(TextDelta, text=TEXTS, index=st.integers(0, 1)),
    st.builds(ThinkingDelta, text=TEXTS, index=st.just(2)),
    st.builds(UsageReported, usage=st.builds(Usage, output_tokens=st.integers(0, 9))),
    st.just(BlockReceived(block={"type": "web_search_tool_result"}, index=3)),
)


def test_text_of_one_block_shares_a_row_and_carries_its_offset() -> None:
    log = EventLog()
    frames = [log.add(TextDelta(text=text)) for text in ("Hé", "😀", "!")]
    assert [(frame.seq, frame.at) for frame in frames] == [(1, 0), (1, 2), (1, 4)]
    assert [json.loads(row.payload)["text"] for row in log.flush()] == ["Hé😀!"]


def test_another_kind_or_block_closes_the_row() -> None:
    log = EventLog()
    events = [
        TextDelta(text="a"),
        TextDelta(text="b", index=1),
        ThinkingDelta(text="c", index=1),
        UsageReported(usage=Usage()),
    ]
    assert [log.add(event).seq for event in events] == [1, 2, 3, 4]
    assert [row.kind for row in log.flush()] == ["text_delta", "text_delta", "thinking_delta", "usage"]


def test_a_flush_closes_the_row_and_keeps_it_until_it_is_stored() -> None:
    log = EventLog()
    log.add(TextDelta(text="a"))
    assert log.flush() == log.flush()
    assert log.add(TextDelta(text="b")) == Frame(2, 0, TextDelta(text="b"))
    log.stored(1)
    assert [row.seq for row in log.tail()] == [2]


def test_a_long_row_is_closed() -> None:
    log = EventLog()
    first = log.add(ToolInputDelta(partial_json="x" * ROW_LIMIT))
    log.add(ToolInputDelta(partial_json="y" * (ROW_LIMIT - 1)))
    last = log.add(ToolInputDelta(partial_json="zz"))
    assert (first.seq, last.seq, last.at) == (1, 2, ROW_LIMIT - 1)
    assert log.add(ToolInputDelta(partial_json="n")).seq == 3


def test_the_end_is_shown_only_when_it_is_stored() -> None:
    log = EventLog()
    log.add(TextDelta(text="a"))
    frame = log.end(Ended(status="complete"))
    assert [row.kind for row in log.tail()] == ["text_delta"]
    assert [row.kind for row in log.flush()] == ["text_delta", "ended"]
    log.stored(frame.seq)
    assert (log.seq, log.tail()) == (2, ())


def test_every_kind_of_our_own_comes_back_from_its_text() -> None:
    for event in (Retrying(attempt=2, delay_s=0.5, error={"kind": "overloaded"}), Ended(status="failed")):
        assert decode_event(encode_payload(event)) == event


@given(st.lists(EVENTS, max_size=30), st.sets(st.integers(0, 30)))
def test_any_flushing_folds_to_the_same_message(events: list[TextDelta], flushes: set[int]) -> None:
    log, builder, payloads = EventLog(), ReplyBuilder(), []
    for position, event in enumerate(events):
        builder.add(event)
        log.add(event)
        if position in flushes:
            payloads += [row.payload for row in log.flush()]
            log.stored(log.seq)
    payloads += [row.payload for row in log.flush()]
    assert fold(payloads).parts == builder.parts


@given(st.lists(EVENTS, max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_a_reader_that_joins_anywhere_gets_each_unit_once(
    events: list[TextDelta], join: int, again: int
) -> None:
    """Joins late, then reads everything it may have missed once more from the last whole row."""
    log, cursor, seen = EventLog(), Cursor(), []
    backlog: list[Frame] = []
    for position, event in enumerate(events):
        backlog.append(log.add(event))
        if position in {join, again}:
            backlog = [Frame(row.seq, 0, decode_event(row.payload)) for row in log.tail()]
            backlog = [frame for frame in backlog if frame.seq > cursor.complete_seq]
        if position >= min(join, again):
            seen += take_all(cursor, merged(backlog))
            backlog = []
    seen += take_all(cursor, merged(backlog))
    builder = ReplyBuilder()
    for frame in seen:
        builder.add(frame.event)
    assert builder.parts == fold(row.payload for row in log.tail()).parts


def take_all(cursor: Cursor, frames: list[Frame]) -> list[Frame]:
    taken = [cursor.take(frame) for frame in frames]
    assert "gap" not in taken
    return [frame for frame in taken if isinstance(frame, Frame)]


def test_a_missing_piece_is_a_gap() -> None:
    cursor = Cursor()
    assert cursor.take(Frame(2, 0, TextDelta(text="b"))) == "gap"
    assert cursor.take(Frame(1, 0, TextDelta(text="a"))) == Frame(1, 0, TextDelta(text="a"))
    assert cursor.take(Frame(1, 5, TextDelta(text="f"))) == "gap"
    assert cursor.take(Frame(2, 1, TextDelta(text="c"))) == "gap"
    assert cursor.complete_seq == 0


def test_what_was_seen_is_dropped() -> None:
    cursor = Cursor(after_seq=3)
    assert cursor.take(Frame(3, 0, TextDelta(text="old"))) is None
    assert cursor.take(Frame(2, 0, UsageReported(usage=Usage()))) is None
    cursor.take(Frame(4, 0, TextDelta(text="ab")))
    assert cursor.take(Frame(4, 0, TextDelta(text="ab"))) is None
    assert cursor.take(Frame(4, 0, TextDelta(text="abc"))) == Frame(4, 2, TextDelta(text="c"))


@given(TEXTS, TEXTS)
def test_units_are_those_of_a_browser(first: str, second: str) -> None:
    assert units(first) == len(first.encode("utf-16-le")) // 2
    assert drop_units(first + second, units(first)) == second


def test_frames_of_one_row_are_merged_and_others_kept_apart() -> None:
    log = EventLog()
    frames = [log.add(TextDelta(text=text)) for text in "abc"]
    log.flush()
    frames += [log.add(TextDelta(text="d")), log.add(UsageReported(usage=Usage()))]
    assert [(one.seq, one.at, getattr(one.event, "text", "")) for one in merged(frames)] == [
        (1, 0, "abc"),
        (2, 0, "d"),
        (3, 0, ""),
    ]
