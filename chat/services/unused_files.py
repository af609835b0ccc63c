"""Removes files that no message has: those that nobody sent, and those of messages and conversations that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from django.db.models import Exists, OuterRef

from chat import uploads
from chat.models import Attachment

_ROWS_AT_ONCE = 500
_YOUNG = timedelta(hours=1)  # a file is written before its row


def remove_unused(*, now: datetime, kept_for: timedelta) -> int:
    """Remove rows that no message, sent or waiting, has had for `kept_for`, then files on this host that belong to no row;
    how many files."""
    _remove_rows(uploaded_before=now - kept_for)
    before = (now - _YOUNG).timestamp()
    uploads.clear_leftovers(before=before)
    old = (digest for digest, written_at in uploads.stored() if written_at < before)
    gone = (uploads.remove(digest, is_needed=partial(_is_needed, digest)) for digest in _without_row(old))
    return sum(gone)


def _remove_rows(*, uploaded_before: datetime) -> None:
    sent = Attachment.messages.through.objects.filter(attachment=OuterRef("pk"))
    waiting = Attachment.waiting.through.objects.filter(attachment=OuterRef("pk"))
    unused = Attachment.objects.filter(~Exists(sent), ~Exists(waiting), created_at__lt=uploaded_before)
    while rows := list(unused.values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        unused.filter(pk__in=rows).delete()


def _without_row(digests: Iterator[str]) -> Iterator[str]:
    while some := list(islice(digests, _ROWS_AT_ONCE)):
        known = set(Attachment.objects.filter(digest__in=some).values_list("digest", flat=True))
        yield from (digest for digest in some if digest not in known)


def _is_needed(digest: str) -> bool:
    return Attachment.objects.filter(digest=digest).exists()
