"""What every page may ask for: whether something needs this user. Asked once, and only by pages that show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from sessions_app.services import budgets, notices, operator

_LIST = "sessions:list"  # it says of each session what to do, and so do the pages of one session


def attention(request: HttpRequest) -> dict[str, Callable[[], object]]:
    """Context processor: `attention` for the sessions of the user, `budget_warnings` for those whose budget is nearly
    or wholly spent, `operator_trouble` for staff."""
    user = getattr(request, "user", None)

    @cache
    def of_sessions() -> notices.Attention:
        if not isinstance(user, User):
            return notices.Attention()
        match = request.resolver_match
        if match is not None and match.view_name == _LIST:
            return notices.Attention()
        return notices.attention_of(user, besides=match.kwargs.get("session_id") if match else None)

    @cache
    def of_budgets() -> list[budgets.Standing]:
        if not isinstance(user, User):
            return []
        match = request.resolver_match
        if match is not None and (match.view_name == _LIST or "session_id" in match.kwargs):
            return []
        return budgets.warnings_for(user, now=timezone.now())

    @cache
    def of_operator() -> list[str]:
        return operator.troubles() if isinstance(user, User) and user.is_staff else []

    return {"attention": of_sessions, "budget_warnings": of_budgets, "operator_trouble": of_operator}
