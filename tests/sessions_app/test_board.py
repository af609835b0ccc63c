"""The board: what a person reads there about each session, and that it stays quick with many."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from providers.limits import Limit
from sessions_app.models import AuditEntry, ProviderSession, RefreshAttempt, SessionHealth, UsageRecord
from sessions_app.services import budgets, sessions
from tests.sessions_app.usage_rows import record, text_of, used
from tests.support.simulator import RunningSimulator


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def board(browser: Client) -> str:
    return text_of(browser.get(reverse("sessions:list")).content)


def test_a_card_says_how_the_session_is(browser: Client, api_session: ProviderSession) -> None:
    now = timezone.now()
    limits = (
        Limit(name="requests", left=0.92, resets_at=now + timedelta(minutes=1)),
        Limit(name="input tokens", left=0.1, resets_at=now - timedelta(minutes=1)),
    )
    SessionHealth.objects.update(
        succeeded_at=now,
        failed_at=now,
        error="Overloaded <b>",
        limits_json=msgspec.json.encode(limits).decode(),
        limits_at=now,
    )
    used(api_session)
    used(
        api_session, at=timezone.localtime().replace(day=1, hour=0, minute=0, second=0), cost=Decimal("4.39")
    )
    shown = board(browser)
    assert "1 session, it works" in shown
    assert "WO work_claude Works" in shown or "WC work_claude Works" in shown
    assert "Requests 92 %" in shown
    assert "Input tokens 100 %" in shown, "its reset has passed"
    assert "Overloaded &lt;b&gt;" in shown
    assert "This month $4.80 · 76,240 tokens" in shown


def test_unknown_is_a_dash_and_a_part_unknown_is_at_least(
    browser: Client, api_session: ProviderSession
) -> None:
    assert "Today Nothing yet" in board(browser)
    used(api_session, cost=None)
    assert "Today – · 38,120 tokens" in board(browser)
    used(api_session)
    assert "Today at least $0.41" in board(browser)


def test_an_answer_without_counters_has_no_number(browser: Client, api_session: ProviderSession) -> None:
    none = dict.fromkeys(("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens", "cost"))
    used(api_session, **none)
    assert "Today – · – tokens" in board(browser)


def test_a_limit_is_said_until_it_passes(browser: Client, api_session: ProviderSession) -> None:
    now = timezone.now()
    SessionHealth.objects.update(limited_until=now + timedelta(minutes=5))
    assert "Limited until" in board(browser)
    SessionHealth.objects.update(limited_until=now - timedelta(minutes=5))
    assert "Limited until" not in board(browser)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            {"status": "needs_login", "status_reason": "key_rejected"},
            "Needs a new key Reason The provider no longer",
        ),
        ({"status": "disabled"}, "Switched off Reason Enable it"),
        ({"status": "quarantined", "status_reason": "restored_copy"}, "On hold Reason This looks like"),
        ({"status": "key_error", "status_reason": "wrong_key"}, "Cannot be read Reason The server"),
        ({"lease_owner": uuid.uuid4(), "lease_until": timedelta(minutes=2)}, "Refreshing now"),
        ({"expires_at": timedelta(hours=6, minutes=1)}, "Works, 6 h left"),
    ],
)
def test_every_state_is_words_with_what_to_do(
    browser: Client, api_session: ProviderSession, columns: dict[str, object], words: str
) -> None:
    now = timezone.now()  # of this test: collecting the suite may lie minutes back
    times = {name: now + value for name, value in columns.items() if isinstance(value, timedelta)}
    ProviderSession.objects.update(**columns | times)
    assert words in board(browser)


def test_who_needs_somebody_comes_first_and_is_counted(browser: Client, api_session: ProviderSession) -> None:
    for number, status in enumerate(("disabled", "pending", "needs_login", "quarantined", "key_error")):
        twin = another(api_session, number)
        ProviderSession.objects.filter(pk=twin.pk).update(status=status)
    assert "6 sessions, 4 need you." in board(browser)
    names = [card.session.name for card in browser.get(reverse("sessions:list")).context["board"].cards]
    assert names[-1] == "work_claude"


def test_a_budget_shows_how_far_it_is_and_stops_with_a_reason(
    browser: Client, api_session: ProviderSession
) -> None:
    budgets.set_budget(api_session, Decimal(100))
    used(api_session, cost=Decimal("81.20"))
    shown = board(browser)
    assert "$81.20 of $100.00 this month (81 %) At 100 % nothing more is sent until" in shown
    used(api_session, cost=Decimal("18.80"))
    shown = board(browser)
    assert "Budget spent Reason Nothing more is sent until" in shown
    assert "1 session, 1 needs you" in shown


def test_the_warning_is_on_the_page_of_the_session_and_in_the_chat(
    browser: Client, api_session: ProviderSession
) -> None:
    budgets.set_budget(api_session, Decimal(100))
    used(api_session, cost=Decimal("81.20"))
    for path in (
        reverse("sessions:detail", args=[api_session.pk]),
        reverse("chat:home"),
        reverse("sessions:activity"),
    ):
        assert text_of(browser.get(path).content).count("$81.20 of $100.00 this month (81 %)") == 1, path


def test_a_test_says_how_long_the_provider_took(
    browser: Client, api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    path = reverse("sessions:test", args=[api_session.pk])
    answer = browser.post(path, {"back": "board"}, follow=True)
    assert answer.redirect_chain == [(reverse("sessions:list"), 302)]
    assert re.search(r"Last test .{5,40}: works, \d+ ms", text_of(answer.content))
    upstream.set(fault="overloaded")
    shown = text_of(browser.post(path, {"back": "https://evil.example"}, follow=True).content)
    assert re.search(r"Last test .{5,40}: (?!works)", shown)


def test_a_budget_is_set_on_the_page_of_the_session(browser: Client, api_session: ProviderSession) -> None:
    path = reverse("sessions:budget", args=[api_session.pk])

    def post(amount: str, warn: str = "80", stop: str = "100") -> str:
        form = {"amount": amount, "warn_percent": warn, "stop_percent": stop}
        return text_of(browser.post(path, form, follow=True).content)

    assert "The budget is $20.00 a month." in post("20")
    assert "The warning must come before the stop." in post("20", "100", "90")
    assert "Enter an amount between $0.01" in post("0")
    assert "Enter a number." in post("much")
    assert "Enter a whole number." in post("20", "a few")
    assert "This field is required." in post("20", "", "")
    assert api_session.__class__.objects.get().budget.amount == 20
    assert "There is no budget now." in post("")
    assert AuditEntry.objects.filter(action="Budget changed").count() == 2


@pytest.mark.repeats
def test_forty_sessions_cost_as_many_queries_as_one(browser: Client, api_session: ProviderSession) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(reverse("sessions:list")).status_code == 200
        return len(caught)

    prepare([another(api_session, 0)])
    few = queries()
    prepare([api_session, *(another(api_session, number) for number in range(1, 39))])
    assert queries() == few
    assert board(browser).count("More about") == 40


def test_the_operator_sees_everybodys_sessions_on_the_admins_first_page(
    staff: User, other_user: User, api_session: ProviderSession
) -> None:
    used(api_session)
    twin = another(api_session, 1)
    ProviderSession.objects.filter(pk=twin.pk).update(owner=other_user, status="needs_login")
    shown = admin_index(staff)
    assert "2 sessions, 1 needs somebody." in shown
    assert f"{twin.name} Simulator · OAuth login {other_user.username} Needs login" in shown
    assert f"work_claude Simulator · API key {api_session.owner.username} Works" in shown
    assert shown.index(twin.name) < shown.index("work_claude"), "what needs somebody stands first"
    assert "$0.41 · 38,120 tokens" in shown
    nobody = User.objects.create_user("clerk", is_staff=True)
    assert "work_claude" not in admin_index(nobody), "without the right to view sessions"


def test_the_operators_board_is_short_and_as_quick_with_many(
    staff: User, api_session: ProviderSession
) -> None:
    with CaptureQueriesContext(connection) as few:
        admin_index(staff)
    for number in range(60):
        another(api_session, number)
    with CaptureQueriesContext(connection) as many:
        shown = admin_index(staff)
    assert len(many) == len(few) + 1, "the refreshes of OAuth sessions"
    assert shown.count("OAuth login") + shown.count("API key") == 50
    assert "11 more in the list of all sessions" in shown


def admin_index(user: User) -> str:
    client = Client()
    client.force_login(user)
    return text_of(client.get(reverse("admin:index")).content)


def another(session: ProviderSession, number: int) -> ProviderSession:
    now = timezone.now()
    twin = ProviderSession.objects.get(pk=session.pk)
    twin.pk, twin.name, twin.color = uuid.uuid4(), f"session_{number:02}", number % 8 + 1
    twin.auth_type, twin.refresh_at, twin.expires_at = "oauth", now, now + timedelta(hours=3)
    twin.save(force_insert=True)
    SessionHealth.objects.create(session=twin, succeeded_at=now)
    return twin


def prepare(some: list[ProviderSession]) -> None:
    """Budgets, refreshes, and 10,000 answers altogether at forty sessions."""
    now = timezone.now()
    for session in some:
        budgets.set_budget(session, Decimal(100))
        UsageRecord.objects.bulk_create(record(session) for _ in range(250))
        RefreshAttempt.objects.bulk_create(
            RefreshAttempt(
                session=session, version_before=1, cause="due", started_at=now, sent_at=now + timedelta(seconds=n),
                outcome="refreshed" if n else "refused", worker="test",
            )
            for n in range(12)
        )  # fmt: skip


def test_the_newest_ten_refreshes_are_shown(browser: Client, api_session: ProviderSession) -> None:
    twin = another(api_session, 1)
    prepare([twin])
    assert "Last 10 refreshes: all worked" in board(browser), "the eleventh and twelfth are older"
    newest = RefreshAttempt.objects.latest("sent_at")
    RefreshAttempt.objects.filter(pk=newest.pk).update(outcome="refused")
    assert "Last 10 refreshes: 9 worked, 1 did not" in board(browser)


def test_nobody_sees_the_sessions_or_sums_of_others(api_session: ProviderSession, other_user: User) -> None:
    sessions.rename_session(api_session, "not yours")
    used(api_session)
    budgets.set_budget(api_session, Decimal("0.10"))
    client = Client()
    client.force_login(other_user)
    for name in ("sessions:list", "chat:home"):
        shown = text_of(client.get(reverse(name)).content)
        assert api_session.name not in shown
        assert "0.41" not in shown
    assert client.post(reverse("sessions:budget", args=[api_session.pk]), {"amount": "5"}).status_code == 404


def test_a_deleted_session_leaves_the_board(browser: Client, api_session: ProviderSession) -> None:
    sessions.rename_session(api_session, "gone soon")
    used(api_session)
    budgets.set_budget(api_session, Decimal(1))
    assert "gone soon" in board(browser)
    sessions.delete_session(api_session)
    assert "gone soon" not in board(browser)
