"""The board: how each session is, what is left of its limits, and what it used; a user's own, and the operator's of
everybody's. Reads only.

Five queries for one session as for forty, and none asks a provider.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from providers.limits import Limit
from sessions_app.enums import Outcome, Status
from sessions_app.models import Budget, ProviderSession, RefreshAttempt, SessionHealth, UsageRecord
from sessions_app.services import budgets, health, usage
from sessions_app.services.budgets import Standing
from sessions_app.services.usage import Total
from sessions_app.words import worded

REFRESHES_SHOWN = 10
_CROWDED = 12  # cards, above which each shows only what is needed at a glance
_ROWS = 50  # of the operator's board; what needs nobody is left to the list
# What providers call their limits (`providers.limits`).
LIMITS = (
    *(gettext_noop("requests"), gettext_noop("tokens")),
    *(gettext_noop("input tokens"), gettext_noop("output tokens")),
    *(gettext_noop("5 hours"), gettext_noop("7 days")),
)
_LEVELS = ("bad", "warn", "good")


@dataclass(frozen=True)
class LimitLeft:
    """One limit as it is now: after its reset it is whole again."""

    name: str
    percent: int
    resets_at: datetime | None


@dataclass(frozen=True)
class Refreshes:
    """The newest refreshes, oldest first: whether each worked."""

    outcomes: tuple[bool, ...]

    @property
    def sentence(self) -> str:
        """ "Last 10 refreshes: 9 worked, 1 did not"."""
        failed = self.outcomes.count(False)
        worked = len(self.outcomes) - failed
        counts = {"count": len(self.outcomes), "worked": worked, "failed": failed}
        if not failed:
            return _("Last %(count)d refreshes: all worked") % counts
        return _("Last %(count)d refreshes: %(worked)d worked, %(failed)d did not") % counts


@dataclass(frozen=True, kw_only=True)
class Card:
    """One session. `state` is a few words, `reason` what follows from them, "" where nothing does; `limited_until`
    completes the state "Limited until"."""

    session: ProviderSession
    health: SessionHealth
    level: str
    state: str
    reason: str
    limited_until: datetime | None
    limits: tuple[LimitLeft, ...]
    standing: Standing | None
    today: Total
    month: Total
    refreshes: Refreshes | None

    @property
    def needs_owner(self) -> bool:
        """Whether it cannot answer until somebody does something; one that was switched off is meant to be so."""
        is_spent = self.standing is not None and self.standing.is_spent
        return is_spent or self.session.state not in {Status.ACTIVE, Status.DISABLED}


@dataclass(frozen=True)
class Board:
    cards: tuple[Card, ...]

    @property
    def is_crowded(self) -> bool:
        return len(self.cards) > _CROWDED

    @property
    def needy(self) -> int:
        """How many sessions need somebody."""
        return sum(card.needs_owner for card in self.cards)

    @property
    def shown(self) -> int:
        """How many rows the operator's board has: all that need somebody, and others as far as there is room."""
        return max(_ROWS, self.needy)

    @property
    def hidden(self) -> int:
        """How many sessions have no row there."""
        return max(len(self.cards) - self.shown, 0)

    @property
    def headline(self) -> str:
        """ "4 sessions, 2 need you"."""
        count, needy = len(self.cards), self.needy
        if not needy:
            fine = ngettext("%(count)d session, it works", "%(count)d sessions, none needs you", count)
            return fine % {"count": count}
        sessions = ngettext("%(count)d session", "%(count)d sessions", count) % {"count": count}
        said = ngettext("%(sessions)s, %(needy)d needs you", "%(sessions)s, %(needy)d need you", needy)
        return said % {"sessions": sessions, "needy": needy}


def board_of(user: User, *, now: datetime) -> Board:
    """All sessions of `user`, those that need somebody first, then by name."""
    return _board(
        ProviderSession.objects.owned_by(user).order_by("name"), UsageRecord.objects.owned_by(user), now
    )


def board_of_everybody(*, now: datetime) -> Board:
    """The sessions of all users, those that need somebody first, then by owner and name."""
    sessions = ProviderSession.objects.select_related("owner").order_by("owner__username", "name")
    return _board(sessions, UsageRecord.objects.all(), now)


def _board(sessions: QuerySet[ProviderSession], records: QuerySet[UsageRecord], now: datetime) -> Board:
    found = list(sessions.select_related("health", "budget"))
    used = usage.today_and_month(records, now=now)
    refreshes = _refreshes(found)
    cards = [_card(one, used, refreshes, now) for one in found]
    return Board(tuple(sorted(cards, key=lambda card: _LEVELS.index(card.level))))


def card_of(session: ProviderSession, *, now: datetime) -> Card:
    """The card of one session."""
    used = usage.today_and_month(UsageRecord.objects.filter(session_id=session.pk), now=now)
    return _card(session, used, _refreshes([session]), now)


def _card(
    session: ProviderSession,
    used: Mapping[UUID, tuple[Total, Total]],
    refreshes: Mapping[UUID, Refreshes],
    now: datetime,
) -> Card:
    today, month = used.get(session.pk, (Total(), Total()))
    budget: Budget | None = getattr(session, "budget", None)
    standing = budgets.standing_of(budget, month.money, now=now) if budget else None
    kept: SessionHealth = getattr(session, "health", None) or SessionHealth(session=session)
    limited = kept.limit_at(now)
    level, state, reason = _state(session, standing, limited, now)
    return Card(
        session=session,
        health=kept,
        level=level,
        state=state,
        reason=reason,
        limited_until=limited if state == _(_LIMITED) else None,
        limits=tuple(_left(limit, now) for limit in health.limits_of(kept)),
        standing=standing,
        today=today,
        month=month,
        refreshes=refreshes.get(session.pk),
    )


_LIMITED = gettext_noop("Limited until")


def _state(
    session: ProviderSession, standing: Standing | None, limited: datetime | None, now: datetime
) -> tuple[str, str, str]:
    """Level, state and reason; what keeps a session from answering longest comes first."""
    if session.state == Status.ACTIVE:
        if standing is not None and standing.is_spent:
            return "bad", _("Budget spent"), standing.consequence
        if limited is not None:
            return "warn", _(_LIMITED), _("The provider asked to wait. Nothing was lost.")
        if session.lease_until is not None and session.lease_until > now:
            return "good", _("Refreshing now"), ""
    state, reason = _split(session.state_sentence)
    return session.state_level, state, reason


def _split(sentence: str) -> tuple[str, str]:
    """ "Needs login: it was disconnected. Log in." → "Needs login", "It was disconnected. Log in."."""
    ends = [at for mark in (": ", ". ") if (at := sentence.find(mark)) > 0]
    if not ends:
        return sentence.rstrip("."), ""
    rest = sentence[min(ends) + 2 :]
    return sentence[: min(ends)], rest[:1].upper() + rest[1:]


def _left(limit: Limit, now: datetime) -> LimitLeft:
    is_over = limit.resets_at is not None and limit.resets_at <= now
    return LimitLeft(worded(limit.name), 100 if is_over else round(limit.left * 100), limit.resets_at)


def _refreshes(sessions: Iterable[ProviderSession]) -> dict[UUID, Refreshes]:
    newest = Window(RowNumber(), partition_by="session", order_by=[F("sent_at").desc(), F("id").desc()])
    rows = (
        RefreshAttempt.objects.filter(session__in=[one.pk for one in sessions if one.is_oauth])
        .annotate(place=newest)
        .filter(place__lte=REFRESHES_SHOWN)
        .order_by("sent_at", "id")
    )
    found: dict[UUID, list[bool]] = defaultdict(list)
    for session_id, outcome in rows.values_list("session", "outcome"):
        found[session_id].append(outcome == Outcome.REFRESHED)
    return {session_id: Refreshes(tuple(outcomes)) for session_id, outcomes in found.items()}
