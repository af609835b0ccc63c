"""`Budget`: how much a session may cost in a calendar month. No row: no limit."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from sessions_app.models.session import ProviderSession
from sessions_app.money import dollars

WARN_PERCENT, STOP_PERCENT = 80, 100


class Budget(models.Model):
    """`amount` in USD. At `warn_percent` of it pages warn, at `stop_percent` nothing more is sent."""

    session = models.OneToOneField(
        ProviderSession, on_delete=models.CASCADE, primary_key=True, related_name="budget"
    )
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    warn_percent = models.PositiveSmallIntegerField(default=WARN_PERCENT)
    stop_percent = models.PositiveSmallIntegerField(default=STOP_PERCENT)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_is_positive"),
            models.CheckConstraint(
                condition=Q(warn_percent__gte=1, warn_percent__lt=F("stop_percent")),
                name="budget_warns_before_it_stops",
            ),
        ]

    def __str__(self) -> str:
        return _("%(amount)s a month") % {"amount": dollars(self.amount)}
