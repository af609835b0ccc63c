"""The page of usage: sums that say what they do not know, a chart with the same numbers, and nobody else's money."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from sessions_app import chart
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import sessions, usage_report
from sessions_app.services.periods import Period
from tests.sessions_app.usage_rows import record, text_of, used

PAGE = reverse("sessions:usage")
NOVEMBER = {"period": "dates", "first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def shown(browser: Client, **query: str) -> str:
    return text_of(browser.get(PAGE, query).content)


def test_sums_by_session_model_and_day(browser: Client, api_session: ProviderSession) -> None:
    used(api_session, at=at(3), model="opus", cost=Decimal("1.25"), input_tokens=100)
    used(api_session, at=at(3), model="opus", cost=Decimal("0.25"), input_tokens=20)
    used(api_session, at=at(4), model="haiku", cost=Decimal("0.004"), input_tokens=5, cache_read_tokens=7)
    page = shown(browser, **NOVEMBER)
    assert "opus $1.50 2 120 240 0 0" in page
    assert "haiku $0.004 1 5 120 0 7" in page
    assert "work_claude $1.50 3 125 360 0 7" in page
    assert "2026-11-03 $1.50 2 120" in page
    assert "All together $1.50 3" in page
    assert "2026-11-05" not in page


def test_a_sum_says_when_a_part_of_it_is_unknown(browser: Client, api_session: ProviderSession) -> None:
    used(api_session, at=at(3), model="known", cost=Decimal("1.20"))
    used(api_session, at=at(3), model="unpriced", cost=None)
    used(api_session, at=at(3), model="cut", cost=Decimal("0.10"), is_partial=True)
    used(api_session, at=at(3), model="silent", cost=None, input_tokens=None, output_tokens=None)
    page = shown(browser, **NOVEMBER)
    assert "known $1.20 1" in page
    assert "unpriced – 1 38,000" in page
    assert "cut at least $0.10" in page
    assert "silent – 1 – – 0 0" in page
    assert "All together at least $1.30 4" in page
    assert "“At least”: for a part of this no price is known" in page


def test_a_deleted_session_keeps_its_sums(browser: Client, api_session: ProviderSession) -> None:
    used(api_session, at=at(3))
    sessions.rename_session(api_session, "new_name")
    assert "new_name" in shown(browser, **NOVEMBER)
    sessions.delete_session(api_session)
    assert "work_claude (deleted) $0.41" in shown(browser, **NOVEMBER)


def test_days_begin_at_midnight_of_the_settings_zone(
    browser: Client, api_session: ProviderSession, settings: Settings
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    used(api_session, at=at(3, 14))
    used(api_session, at=at(3, 16))
    page = shown(browser, **NOVEMBER)
    assert "2026-11-03 $0.41" in page
    assert "2026-11-04 $0.41" in page
    only = shown(browser, period="dates", first="2026-11-04", last="2026-11-04")
    assert "All together $0.41 1" in only


@pytest.mark.parametrize(
    ("period", "days"), [("month", 0), ("7", 6), ("30", 29), ("year", 0), ("last", None)]
)
def test_named_periods_reach_from_their_first_day_to_today(
    browser: Client, api_session: ProviderSession, period: str, days: int | None
) -> None:
    used(api_session)
    page = shown(browser, period=period)
    assert ("Nothing was used" in page) == (days is None)
    if days:
        used(api_session, at=timezone.now() - timedelta(days=days))
        used(api_session, at=timezone.now() - timedelta(days=days + 1))
        assert "in 2 answers" in shown(browser, period=period)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"period": "dates"}, "Enter both dates"),
        ({"period": "dates", "first": "2026-11-05", "last": "2026-11-04"}, "must not be before"),
        ({"period": "dates", "first": "2000-01-01", "last": "2026-11-04"}, "at most three years"),
        ({"period": "dates", "first": "0001-01-01", "last": "0001-01-02"}, "of this century"),
        ({"period": "dates", "first": "9999-12-31", "last": "9999-12-31"}, "of this century"),
        ({"period": "dates", "first": "yesterday", "last": "2026-11-04"}, "Enter a valid date."),
        ({"period": "ever"}, "Select a valid choice"),
        ({"period": "month", "measure": "'\"><script>"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_period_is_said_and_this_month_is_shown(
    browser: Client, api_session: ProviderSession, query: dict[str, str], sentence: str
) -> None:
    used(api_session)
    page = shown(browser, **query)
    assert sentence in page
    assert "All together $0.41 1" in page
    assert "'\"><script>" not in browser.get(PAGE, query).content.decode()
    assert browser.get(reverse("sessions:usage_csv"), query).status_code == 400


def drawing(browser: Client, **query: str) -> ElementTree.Element:
    found = re.search(r'<svg class="chart".*?</svg>', browser.get(PAGE, query).content.decode(), re.DOTALL)
    assert found
    return ElementTree.fromstring(found[0])


def test_the_chart_has_the_payers_colours_and_a_title_and_no_inline_style(
    browser: Client, api_session: ProviderSession
) -> None:
    used(api_session, at=at(3), model="a<b>", cost=Decimal(3), session_color=api_session.color)
    used(api_session, at=at(3), model="z", cost=Decimal(1))
    svg = drawing(browser, **NOVEMBER)
    assert svg.get("role") == "img"
    assert svg.findtext("title") == "Cost by day, session and model, 2026-11-01 to 2026-11-30"
    rects = svg.findall("rect")
    assert {rect.get("class") for rect in rects} == {f"p{api_session.color}"}
    assert [rect.findtext("title") for rect in rects] == [
        "2026-11-03 · work_claude · a<b>: $3.00",
        "2026-11-03 · work_claude · z: $1.00",
    ]
    low, high = (float(rect.get("height", "")) for rect in reversed(rects))
    assert high == pytest.approx(3 * low, abs=0.05), "heights are in proportion"
    assert len({rect.get("fill-opacity") for rect in rects}) == 2, "two models of one session differ"
    assert "style=" not in browser.get(PAGE, NOVEMBER).content.decode()


def test_the_chart_can_show_tokens_and_says_when_no_price_is_known(
    browser: Client, api_session: ProviderSession
) -> None:
    used(api_session, at=at(3), cost=None)
    assert "No price is known for what was used. Choose “Tokens”" in shown(browser, **NOVEMBER)
    svg = drawing(browser, **NOVEMBER, measure="tokens")
    assert svg.findall("rect")[0].findtext("title") == "2026-11-03 · work_claude · claude-sonnet-5-5: 38.1 k"


def test_a_long_period_is_drawn_by_month(browser: Client, api_session: ProviderSession) -> None:
    for month in (1, 2, 2):
        used(api_session, at=datetime(2026, month, 20, tzinfo=UTC))
    page = shown(browser, period="dates", first="2026-01-15", last="2026-12-31")
    assert "2026-01 $0.41 1" in page
    assert "2026-02 $0.82 2" in page


def test_bars_and_table_have_the_same_sums(api_session: ProviderSession) -> None:
    for day in range(1, 29):
        used(api_session, at=at(day), model=f"m{day % 3}", cost=Decimal(day) / 7)
    report = usage_report.report(api_session.owner, Period(date(2026, 11, 1), date(2026, 11, 30)))
    assert sum((total.cost or 0 for _, total in report.by_day), Decimal(0)) == report.total.cost
    assert len(report.days) == 30
    drawn = chart.draw(report, measure="cost", by_month=False)
    assert drawn is not None
    assert len(drawn.pieces) == 28
    assert max(float(piece.height) for piece in drawn.pieces) <= chart.HEIGHT
    assert len(drawn.days) <= 6


def test_an_empty_report_has_no_chart(api_session: ProviderSession) -> None:
    report = usage_report.report(api_session.owner, Period(date(2026, 11, 1), date(2026, 11, 2)))
    assert chart.draw(report, measure="cost", by_month=False) is None
    assert report.total.tokens is None


def test_nobody_sees_what_others_used(api_session: ProviderSession, other_user: User) -> None:
    used(api_session, at=at(3))
    client = Client()
    client.force_login(other_user)
    assert "Nothing was used" in shown(client, **NOVEMBER)


@pytest.mark.repeats
def test_ten_thousand_answers_cost_as_many_queries_as_one(
    browser: Client, api_session: ProviderSession
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            browser.get(PAGE, NOVEMBER)
        return len(caught)

    used(api_session, at=at(3))
    one = queries()
    UsageRecord.objects.bulk_create(
        record(api_session, at=at(number % 28 + 1), model=f"m{number % 7}") for number in range(10_000)
    )
    assert queries() == one
    assert "in 10,001 answers" in shown(browser, **NOVEMBER)
