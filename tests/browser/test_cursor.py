"""The browser's rule for events that come twice, too early or in pieces, compared with the server's own reader."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chat.log import Cursor, EventLog, Frame, LogEvent, Row, decode_event
from providers.events import TextDelta, ThinkingDelta, ToolInputDelta, Usage, UsageReported
from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
SEED = 20_261_122
WORDS = ["a", "word ", "\U0001f600", "é", "two words ", "\n\n"]

READ = """async ({after, frames}) => {
  const {startAfter, take, lastComplete} = await import('/static/chat/js/cursor.js');
  return frames.map((list, index) => {
    const cursor = startAfter(after[index]);
    return list.map((frame) => [take(cursor, frame), lastComplete(cursor)]);
  });
}"""


def some_event(rng: random.Random) -> LogEvent:
    text = rng.choice(WORDS)
    kinds: list[Callable[[], LogEvent]] = [
        lambda: TextDelta(text=text, index=rng.randrange(2)),
        lambda: TextDelta(text=text),
        lambda: ThinkingDelta(text=text),
        lambda: ToolInputDelta(partial_json=text),
        lambda: UsageReported(usage=Usage(output_tokens=1)),
    ]
    return rng.choice(kinds)()


def some_frames(rng: random.Random) -> list[Frame]:
    """A live stream with stored rows replayed in between, frames lost and repeated."""
    log = EventLog()
    rows: list[Row] = []
    frames: list[Frame] = []
    for _ in range(rng.randrange(1, 40)):
        frames.append(log.add(some_event(rng)))
        if rng.random() < 0.2:
            rows.extend(log.flush())
            log.stored(rows[-1].seq)
        if rows and rng.random() < 0.2:
            begin = rng.randrange(len(rows))
            frames.extend(Frame(row.seq, 0, decode_event(row.payload)) for row in rows[begin:])
        if rng.random() < 0.1:
            frames.pop(rng.randrange(len(frames)))
        if frames and rng.random() < 0.1:
            frames.append(rng.choice(frames))
    return frames


def as_json(frame: Frame) -> dict[str, Any]:
    return {"seq": frame.seq, "at": frame.at, "event": msgspec.to_builtins(frame.event)}


def server_reading(after: int, frames: list[Frame]) -> list[list[Any]]:
    cursor = Cursor(after)
    return [[_outcome(_take(cursor, frame, after)), cursor.complete_seq] for frame in frames]


def _take(cursor: Cursor, frame: Frame, after: int) -> Frame | str | None:
    # A page starts after rows it has in full, so more of such a row is old; the server, which cannot know that,
    # reads it again.
    return None if frame.seq == cursor.seq == after else cursor.take(frame)


def _outcome(taken: Frame | str | None) -> Any:
    if isinstance(taken, Frame):
        return msgspec.to_builtins(taken.event)
    return "nothing" if taken is None else "gap"


def test_browser_and_server_take_drop_and_miss_alike(new_tab: NewTab) -> None:
    rng = random.Random(SEED)
    streams = [some_frames(rng) for _ in range(400)]
    after = [rng.choice([0, 0, 0, 1, 3]) for _ in streams]
    tab = new_tab().open("/accounts/password/")
    read = tab.page.evaluate(
        READ, {"after": after, "frames": [[as_json(f) for f in frames] for frames in streams]}
    )
    for start, frames, outcome in zip(after, streams, read, strict=True):
        assert outcome == server_reading(start, frames)


def test_reconnects_are_spread_between_half_a_second_and_fifteen(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    waits = tab.page.evaluate(
        """async () => { const {backoff} = await import('/static/chat/js/backoff.js');
        return [0, 1, 2, 5, 50].map((attempt) => [backoff(attempt, 0), backoff(attempt, 1)]); }"""
    )
    assert waits == [[0.25, 0.5], [0.5, 1], [1, 2], [7.5, 15], [7.5, 15]]
