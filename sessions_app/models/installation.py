"""`Installation`: the one row about this database itself: whose copy it is, whether its keys fit, when it was swept."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from sessions_app.fields import Ciphertext, StrictEncryptedTextField, nothing
from sessions_app.prepared import Select, on

ONLY_ID = 1


class Installation(models.Model):
    """There is exactly one, made on first use."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ID, editable=False)
    instance_id = models.UUIDField(default=uuid.uuid4, editable=False)
    canary: models.Field[Any, Ciphertext] = StrictEncryptedTextField(blank=True, default=nothing)
    last_sweep_at = models.DateTimeField(null=True, blank=True)
    last_sweep_by = models.CharField(max_length=16, blank=True, default="")  # worker, serve or web
    pruned_at = models.DateTimeField(null=True, blank=True)  # when old history was last removed
    # Whether this is the only copy is decided in `services.instance`.
    place = models.CharField(max_length=600, blank=True, default="", editable=False)
    bound_at = models.DateTimeField(null=True, blank=True, editable=False)
    token_writes = models.PositiveBigIntegerField(default=0, editable=False)  # only ever grows
    held_at = models.DateTimeField(null=True, blank=True, editable=False)
    hold_reason = models.CharField(max_length=40, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=ONLY_ID), name="installation_is_one_row")]

    def __str__(self) -> str:
        return str(self.instance_id)

    @classmethod
    def current(cls) -> Installation:
        """The row, made now if this database is new. Safe to call from many processes at once."""
        return _ROW.first(ONLY_ID) or cls.objects.get_or_create(id=ONLY_ID)[0]


_ROW = Select(lambda pk: Installation.objects.filter(pk=pk), on(Installation, "id"))
