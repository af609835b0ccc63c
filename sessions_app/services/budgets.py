"""How much a session may cost in a month, and how far it has come.

Months are calendar months in the zone of the settings. A budget counts what is priced: an answer without a known price
cannot stop anything, and pages say so ("at least").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.errors import BudgetSpent, InvalidBudget
from sessions_app.models import Budget, ProviderSession, UsageRecord
from sessions_app.models.budget import STOP_PERCENT, WARN_PERCENT
from sessions_app.money import Money, dollars
from sessions_app.prepared import Select, on
from sessions_app.services import audit, usage
from sessions_app.services.usage import Total

MOST = Decimal(1_000_000)  # USD a month; more is a slip of the pen
MOST_PERCENT = 1000
_CENT = Decimal("0.01")
_BUDGET = Select(lambda session: Budget.objects.filter(session=session), on(Budget, "session"))


@dataclass(frozen=True)
class Standing:
    """How a session stands to its budget this month."""

    budget: Budget
    spent: Money
    renews_at: datetime

    @property
    def percent(self) -> int:
        """Of the budget, rounded down; may be over 100."""
        return int(self._known * 100 / self.budget.amount)

    @property
    def shown_percent(self) -> int:
        """The same for a bar, which ends at 100."""
        return min(100, self.percent)

    @property
    def level(self) -> str:
        """good, warn, or bad: nothing more is sent."""
        if self._known >= self._part(self.budget.stop_percent):
            return "bad"
        return "warn" if self._known >= self._part(self.budget.warn_percent) else "good"

    @property
    def is_spent(self) -> bool:
        return self.level == "bad"

    @property
    def sentence(self) -> str:
        """ "$81.20 of $100.00 this month (81 %)"."""
        return _("%(spent)s of %(budget)s this month (%(percent)d %%)") % {
            "spent": self.spent,
            "budget": dollars(self.budget.amount),
            "percent": self.percent,
        }

    @property
    def consequence(self) -> str:
        """What follows from it; "" while there is nothing to say."""
        if self.level == "good":
            return ""
        facts = {"percent": self.budget.stop_percent, "day": self.renews_on}
        if self.is_spent:
            return _("Nothing more is sent until %(day)s, or until you raise the budget.") % facts
        return _("At %(percent)d %% nothing more is sent until %(day)s.") % facts

    @property
    def renews_on(self) -> str:
        """The day on which the next month begins, as 2026-12-01."""
        return f"{timezone.localtime(self.renews_at):%Y-%m-%d}"

    @property
    def _known(self) -> Decimal:
        return self.spent.amount or Decimal(0)

    def _part(self, percent: int) -> Decimal:
        return self.budget.amount * percent / 100


def standing_of(budget: Budget, spent: Money, *, now: datetime) -> Standing:
    """How a session stands that spent so much this month."""
    next_month = usage.month_start(usage.month_start(now) + timedelta(days=32))
    return Standing(budget, spent, next_month)


def standing(session: ProviderSession, *, now: datetime) -> Standing | None:
    """The same asked of the database; `None` without a budget."""
    budget = _BUDGET.first(session.pk)
    if budget is None:
        return None
    return standing_of(budget, usage.spent_since(session.pk, usage.month_start(now)), now=now)


def check(session: ProviderSession, *, now: datetime | None = None) -> None:
    """Raises `BudgetSpent` if nothing more may be sent this month. One indexed look without a budget."""
    found = standing(session, now=now or timezone.now())
    if found is not None and found.is_spent:
        said = _("%(name)s has used its budget: %(standing)s. %(consequence)s")
        facts = {"name": session.name, "standing": found.sentence, "consequence": found.consequence}
        raise BudgetSpent(said % facts, retry_at=found.renews_at)


def warnings_for(user: User, *, now: datetime) -> list[Standing]:
    """The budgets of this user that are nearly or wholly spent; two queries, one where there is no budget."""
    found = list(
        Budget.objects.filter(session__owner=user).select_related("session").order_by("session__name")
    )
    if not found:
        return []
    spent = usage.today_and_month(UsageRecord.objects.owned_by(user), now=now)
    return [one for one in _standings(found, spent, now) if one.level != "good"]


def _standings(
    found: Iterable[Budget], spent: dict[UUID, tuple[Total, Total]], now: datetime
) -> Iterable[Standing]:
    for budget in found:
        _, month = spent.get(budget.session_id, (Total(), Total()))
        yield standing_of(budget, month.money, now=now)


def set_budget(
    session: ProviderSession,
    amount: Decimal | None,
    *,
    warn_percent: int = WARN_PERCENT,
    stop_percent: int = STOP_PERCENT,
) -> Budget | None:
    """Set the monthly limit in USD and its two levels, or take it away with `None`. Raises `InvalidBudget`."""
    if amount is not None:
        _check(amount, warn_percent, stop_percent)
    with transaction.atomic():
        before = _in_words(Budget.objects.select_for_update().filter(session=session).first())
        if amount is None:
            Budget.objects.filter(session=session).delete()
            found = None
        else:
            values = {"amount": amount, "warn_percent": warn_percent, "stop_percent": stop_percent}
            found, _ = Budget.objects.update_or_create(session=session, defaults=values)
        after = _in_words(found)
        if after != before:
            audit.record(audit.BUDGET_CHANGED, session=session, detail=f"{before} → {after}")
    return found


def _check(amount: Decimal, warn_percent: int, stop_percent: int) -> None:
    if not _CENT <= amount <= MOST:
        said = _("Enter an amount between $0.01 and %(most)s, or leave it empty.")
        raise InvalidBudget(said % {"most": dollars(MOST)}, field="amount")
    if not 1 <= stop_percent <= MOST_PERCENT:
        said = _("Stop between 1 and %(most)d %% of the budget.")
        raise InvalidBudget(said % {"most": MOST_PERCENT}, field="stop_percent")
    if not 1 <= warn_percent < stop_percent:
        raise InvalidBudget(_("The warning must come before the stop."), field="warn_percent")


def _in_words(budget: Budget | None) -> str:
    """For the record of activity, which is kept in English."""
    if budget is None:
        return "no budget"
    amount = dollars(Decimal(budget.amount))
    return f"{amount} a month, warning at {budget.warn_percent} %, stop at {budget.stop_percent} %"
