"""What every page may ask for: which conversations of the user are being answered. Asked only by pages that show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.contrib.auth.models import User
from django.http import HttpRequest

from chat.services import listing


def running_now(request: HttpRequest) -> dict[str, Callable[[], object]]:
    """Context processor: `running_now`, newest first."""
    user = getattr(request, "user", None)

    @cache
    def of_user() -> list[listing.RunningNow]:
        return listing.running_now(user.pk) if isinstance(user, User) else []

    return {"running_now": of_user}
