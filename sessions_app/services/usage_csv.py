"""What was used, as CSV: one line for each answer, counters as reported, nothing where something is unknown.

In pieces, each read with a query of its own, so that a long file needs little memory and holds no transaction.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.utils import timezone

from sessions_app.models import UsageRecord
from sessions_app.services.periods import Period

COLUMNS = (
    "ended_at", "session", "session_id", "provider", "model", "input_tokens", "output_tokens",
    "cache_write_tokens", "cache_write_1h_tokens", "cache_read_tokens", "thinking_tokens", "web_search_requests",
    "cost_usd", "cost_is", "price_as_of", "conversation_id", "run_id", "purpose",
)  # fmt: skip
_AT_ONCE = 500
# A cell that begins so is a formula to spreadsheets (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def pieces(user: User, period: Period) -> Iterator[str]:
    """The file in order of time: the head line, then up to 500 lines at once."""
    yield _text([COLUMNS])
    rows = UsageRecord.objects.owned_by(user).filter(at__gte=period.start, at__lt=period.end).order_by("id")
    last = 0
    while found := list(rows.filter(id__gt=last)[:_AT_ONCE]):
        yield _text(map(_cells, found))
        last = found[-1].pk


def _text(lines: object) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)  # type: ignore[arg-type]
    return out.getvalue()


def _cells(row: UsageRecord) -> tuple[object, ...]:
    return (
        timezone.localtime(row.at).isoformat(timespec="seconds"),
        _safe(row.session_name),
        row.session_id or "",
        _safe(row.provider),
        _safe(row.model),
        *(
            _known(count)
            for count in (
                row.input_tokens, row.output_tokens, row.cache_write_tokens, row.cache_write_1h_tokens,
                row.cache_read_tokens, row.thinking_tokens, row.web_search_requests,
            )
        ),
        "" if row.cost is None else f"{row.cost:f}",
        _certainty(row),
        row.price_as_of or "",
        row.conversation_id or "",
        row.run_id,
        row.purpose,
    )  # fmt: skip


def _certainty(row: UsageRecord) -> str:
    if row.cost is None:
        return "unknown"
    return "at least" if row.is_partial else "exact"


def _known(count: int | None) -> object:
    return "" if count is None else count


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
