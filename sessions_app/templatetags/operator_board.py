"""The board of everybody's sessions, for the first page of the admin."""

from __future__ import annotations

from django import template
from django.utils import timezone

from sessions_app.services import board

register = template.Library()


@register.simple_tag
def operator_board() -> board.Board:
    """Of all owners; only for whoever may view sessions in the admin."""
    return board.board_of_everybody(now=timezone.now())
