"""Live frames that follow each other closely travel as one. Pure."""

from __future__ import annotations

from chat.log import TEXT_LIKE, Frame, continues, text_of, with_text


def merged(frames: list[Frame]) -> list[Frame]:
    """The same text in fewer frames: pieces of one row that follow each other become one piece."""
    if len(frames) == 1:
        return frames
    groups: list[list[Frame]] = []
    for frame in frames:
        if groups and groups[-1][-1].seq == frame.seq and continues(groups[-1][-1].event, frame.event):
            groups[-1].append(frame)
        else:
            groups.append([frame])
    return [group[0] if len(group) == 1 else _joined_frame(group) for group in groups]


def _joined_frame(group: list[Frame]) -> Frame:
    first = group[0]
    events = [frame.event for frame in group if isinstance(frame.event, TEXT_LIKE)]
    return Frame(first.seq, first.at, with_text(events[0], "".join(text_of(event) for event in events)))
