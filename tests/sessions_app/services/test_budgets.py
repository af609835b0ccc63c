"""How much a session may cost in a month, and what happens when it comes near."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from sessions_app.errors import BudgetSpent, InvalidBudget
from sessions_app.models import AuditEntry, Budget, ProviderSession, UsageRecord
from sessions_app.services import budgets

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def spend(
    session: ProviderSession, cost: str | None, *, at: datetime = NOW, is_partial: bool = False
) -> None:
    UsageRecord.objects.create(
        run_id=uuid.uuid4(),
        at=at,
        owner=session.owner,
        session_id=session.pk,
        session_name=session.name,
        model="claude-sonnet-5-5",
        cost=None if cost is None else Decimal(cost),
        is_partial=is_partial,
    )


def standing(session: ProviderSession, now: datetime = NOW) -> budgets.Standing:
    found = budgets.standing(session, now=now)
    assert found is not None
    return found


def test_without_a_budget_nothing_stops(
    api_session: ProviderSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    spend(api_session, "1000")
    assert budgets.standing(api_session, now=NOW) is None
    with django_assert_num_queries(1):
        budgets.check(api_session, now=NOW)


@pytest.mark.parametrize(
    ("spent", "level", "percent"),
    [("7.99", "good", 79), ("8", "warn", 80), ("9.999", "warn", 99), ("10", "bad", 100), ("25", "bad", 250)],
)
def test_it_warns_at_80_and_stops_at_100_percent(
    api_session: ProviderSession, spent: str, level: str, percent: int
) -> None:
    budgets.set_budget(api_session, Decimal(10))
    spend(api_session, spent)
    found = standing(api_session)
    assert (found.level, found.percent) == (level, percent)
    if level == "bad":
        with pytest.raises(BudgetSpent) as caught:
            budgets.check(api_session, now=NOW)
        assert caught.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)
        assert "until 2026-12-01" in caught.value.message
    else:
        budgets.check(api_session, now=NOW)


def test_both_levels_can_be_set(api_session: ProviderSession) -> None:
    budgets.set_budget(api_session, Decimal(10), warn_percent=50, stop_percent=200)
    spend(api_session, "5")
    assert standing(api_session).level == "warn"
    spend(api_session, "14.99")
    assert standing(api_session).level == "warn"
    spend(api_session, "0.01")
    assert standing(api_session).is_spent


def test_a_new_month_begins_at_midnight_of_the_settings_zone(
    api_session: ProviderSession, settings: Settings
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"  # nine hours ahead
    budgets.set_budget(api_session, Decimal(10))
    spend(api_session, "10", at=datetime(2026, 11, 30, 14, 59, tzinfo=UTC))
    assert standing(api_session, datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)).is_spent
    assert not standing(api_session, datetime(2026, 11, 30, 15, 0, tzinfo=UTC)).is_spent
    assert standing(api_session, datetime(2026, 11, 30, 15, 0, tzinfo=UTC)).renews_on == "2027-01-01"


def test_only_its_own_answers_of_this_month_count(api_session: ProviderSession, other_user: User) -> None:
    other = ProviderSession.objects.create(
        owner=other_user, provider="simulator", auth_type="api_key", name="x"
    )
    budgets.set_budget(api_session, Decimal(10))
    spend(other, "50")
    spend(api_session, "50", at=NOW - timedelta(days=31))
    assert standing(api_session).percent == 0


def test_what_has_no_price_is_said_and_not_counted(api_session: ProviderSession) -> None:
    budgets.set_budget(api_session, Decimal(10))
    spend(api_session, None)
    assert standing(api_session).sentence == "– of $10.00 this month (0 %)"
    spend(api_session, "2")
    assert standing(api_session).sentence == "at least $2.00 of $10.00 this month (20 %)"


@pytest.mark.parametrize(
    ("amount", "warn", "stop", "field"),
    [
        ("0", 80, 100, "amount"), ("-1", 80, 100, "amount"), ("0.001", 80, 100, "amount"),
        ("1000000.01", 80, 100, "amount"), ("10", 100, 100, "warn_percent"), ("10", 0, 100, "warn_percent"),
        ("10", 80, 1001, "stop_percent"), ("10", 80, 0, "stop_percent"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(
    api_session: ProviderSession, amount: str, warn: int, stop: int, field: str
) -> None:
    with pytest.raises(InvalidBudget) as caught:
        budgets.set_budget(api_session, Decimal(amount), warn_percent=warn, stop_percent=stop)
    assert caught.value.field == field
    assert not Budget.objects.exists()


def test_the_database_refuses_it_too(api_session: ProviderSession) -> None:
    for bad in ({"amount": 0}, {"amount": 1, "warn_percent": 100}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Budget.objects.create(session=api_session, **bad)


def test_each_change_is_on_record_once(api_session: ProviderSession) -> None:
    for amount in (Decimal(10), Decimal("10.00"), None, None):
        budgets.set_budget(api_session, amount)
    details = (
        AuditEntry.objects.filter(action="Budget changed").order_by("id").values_list("detail", flat=True)
    )
    assert list(details) == [
        "no budget → $10.00 a month, warning at 80 %, stop at 100 %",
        "$10.00 a month, warning at 80 %, stop at 100 % → no budget",
    ]


def test_warnings_are_two_queries_however_many_sessions(
    api_session: ProviderSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = api_session.owner
    with django_assert_num_queries(1):
        assert budgets.warnings_for(user, now=NOW) == []
    for number in range(5):
        session = ProviderSession.objects.create(
            owner=user, provider="simulator", auth_type="api_key", name=f"s{number}"
        )
        budgets.set_budget(session, Decimal(10))
        spend(session, str(number * 3))
    with django_assert_num_queries(2):
        found = budgets.warnings_for(user, now=NOW)
    assert [(one.budget.session.name, one.level) for one in found] == [("s3", "warn"), ("s4", "bad")]
