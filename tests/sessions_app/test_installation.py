"""The one row about the database itself."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from sessions_app.models import Installation

pytestmark = pytest.mark.django_db


def test_there_is_one_row_and_it_stays_the_same() -> None:
    first = Installation.current()
    assert Installation.current().instance_id == first.instance_id
    assert str(first) == str(first.instance_id)


def test_a_second_row_is_refused() -> None:
    Installation.current()
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(id=2)
