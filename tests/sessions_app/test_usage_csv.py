"""The file of usage: raw counters, ISO dates, empty where unknown, harmless in a spreadsheet, however long."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import Settings

from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services.usage_csv import COLUMNS
from tests.sessions_app.usage_rows import record, used

FILE = reverse("sessions:usage_csv")
NOVEMBER = {"period": "dates", "first": "2026-11-01", "last": "2026-11-30"}
AT = datetime(2026, 11, 3, 12, tzinfo=UTC)


def lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


def download(user: User, **query: str) -> list[dict[str, str]]:
    client = Client()
    client.force_login(user)
    answer = client.get(FILE, NOVEMBER | query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="maestro-usage-2026-11-01-2026-11-30.csv"'
    return lines(answer.getvalue())


def test_a_line_has_the_counters_as_they_were_reported(
    api_session: ProviderSession, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    run_id, conversation_id = uuid.uuid4(), uuid.uuid4()
    used(
        api_session, at=AT, run_id=run_id, conversation_id=conversation_id, cache_read_tokens=7, thinking_tokens=9,
        cache_write_1h_tokens=0, web_search_requests=0, cost=Decimal("0.00000012"), price_as_of="2026-11-22",
    )  # fmt: skip
    (line,) = download(api_session.owner)
    assert line == {
        "ended_at": "2026-11-03T13:00:00+01:00", "session": "work_claude", "session_id": str(api_session.pk),
        "provider": "simulator", "model": "claude-sonnet-5-5", "input_tokens": "38000", "output_tokens": "120",
        "cache_write_tokens": "0", "cache_write_1h_tokens": "0", "cache_read_tokens": "7", "thinking_tokens": "9",
        "web_search_requests": "0", "cost_usd": "0.00000012", "cost_is": "exact", "price_as_of": "2026-11-22",
        "conversation_id": str(conversation_id), "run_id": str(run_id), "purpose": "answer",
    }  # fmt: skip
    assert tuple(line) == COLUMNS


def test_what_is_unknown_is_empty_and_never_0(api_session: ProviderSession) -> None:
    used(api_session, at=AT, cost=None, input_tokens=None)
    used(api_session, at=AT, is_partial=True)
    unknown, partial = download(api_session.owner)
    assert (unknown["input_tokens"], unknown["cost_usd"], unknown["cost_is"]) == ("", "", "unknown")
    assert (partial["cost_usd"], partial["cost_is"]) == ("0.41000000", "at least")


@pytest.mark.parametrize("model", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "\r=1"])
def test_no_cell_is_a_formula(api_session: ProviderSession, model: str) -> None:
    used(api_session, at=AT, model=model)
    (line,) = download(api_session.owner)
    assert line["model"] == f"'{model}"


def test_commas_quotes_and_line_breaks_stay_in_their_cell(api_session: ProviderSession) -> None:
    used(api_session, at=AT, model='a,"b"\nc')
    (line,) = download(api_session.owner)
    assert line["model"] == 'a,"b"\nc'


def test_a_long_file_comes_in_pieces_and_whole(api_session: ProviderSession) -> None:
    UsageRecord.objects.bulk_create(record(api_session, at=AT, input_tokens=number) for number in range(1201))
    client = Client()
    client.force_login(api_session.owner)
    answer = client.get(FILE, NOVEMBER)
    assert answer.streaming
    pieces = list(answer.streaming_content)
    assert len(pieces) == 4
    assert [int(line["input_tokens"]) for line in lines(b"".join(pieces))] == list(range(1201))


@pytest.mark.django_db(transaction=True)
async def test_the_event_loop_streams_it_too(api_session: ProviderSession) -> None:
    """Warnings are errors: Django warns when it has to read a synchronous body as a whole."""
    await database_sync_to_async(used)(api_session, at=AT)
    client = AsyncClient()
    await client.aforce_login(api_session.owner)
    answer = await client.get(FILE, NOVEMBER)
    body = b"".join([piece async for piece in answer.streaming_content])
    assert [line["session"] for line in lines(body)] == ["work_claude"]


def test_only_ones_own_lines_of_the_period(api_session: ProviderSession, other_user: User) -> None:
    used(api_session, at=AT)
    used(api_session, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert len(download(api_session.owner)) == 1
    assert download(other_user) == []
