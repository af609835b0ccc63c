"""Words for whoever reads, of sentences that are kept or told to all in English.

What is stored, and what a process tells to every page of a user, has no reader whose language is known. It is English, by which
translations are found, and gets its words on the last step to a page. A provider's own sentence has no translation and stays.
"""

from __future__ import annotations

from msgspec.structs import replace

from chat.log import Ended, ErrorFacts
from chat.protocol import ConversationFrame, ErrorFrame, EventFrame, QueuedView, ServerFrame, WaitsView
from chat.services import release
from sessions_app.words import worded as said


def failure(error: ErrorFacts) -> ErrorFacts:
    """Why an answer did not come to its end."""
    return replace(error, message=said(error.message), advice=said(error.advice))


def worded(frame: ServerFrame) -> ServerFrame:
    """A frame on its way to one page."""
    match frame:
        case ErrorFrame(code="signed_out"):  # the others were made for whoever asked
            return replace(frame, message=said(frame.message))
        case EventFrame(event=Ended(error=ErrorFacts() as error) as ended):
            return replace(frame, event=replace(ended, error=failure(error)))
        case ConversationFrame():
            return replace(
                frame,
                queue=tuple(_queued(one) for one in frame.queue),
                waits=_waits(frame.waits) if frame.waits else None,
            )
        case _:
            return frame


def _queued(one: QueuedView) -> QueuedView:
    if one.session.id is not None:
        return one
    return replace(one, session=replace(one.session, name=said(one.session.name)))  # it was deleted


def _waits(waits: WaitsView) -> WaitsView:
    if not waits.why:
        return replace(waits, message=said(waits.message))
    why = said(waits.why)
    return replace(waits, message=f"{said(release.REFUSED)} {why}", why=why)
