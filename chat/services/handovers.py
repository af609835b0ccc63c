"""Where another session or another model goes on in a branch, so that no payer changes unseen."""

from __future__ import annotations

from collections.abc import Sequence

from chat.models import Generation, Message

_LOOK_BACK = 4  # messages before those that are shown, among which the answer before is


def handovers(path: Sequence[int], shown: Sequence[Message]) -> set[int]:
    """Those of the `shown` messages, the end of the branch `path`, that another payer or model wrote than the answer before."""
    earlier = list(path[: path.index(shown[0].pk)][-_LOOK_BACK:]) if shown else []
    lead = (
        Message.objects.filter(pk__in=earlier).select_related("generation").order_by("pk") if earlier else ()
    )
    found: set[int] = set()
    before: tuple[str, str] | None = None
    for message in (*lead, *shown):
        if message.role == Message.Role.ASSISTANT:
            payer = _payer_of(message)
            if before not in (None, payer):
                found.add(message.pk)
            before = payer
    return found


def _payer_of(message: Message) -> tuple[str, str]:
    """A session that was renamed is the same one; of one that was deleted only the name is left."""
    generation: Generation | None = getattr(message, "generation", None)
    session_id = generation.session_id if generation else None
    return (str(session_id) if session_id else message.session_name, message.model)
