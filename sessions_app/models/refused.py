"""`RefusedToken`: a refresh token that the provider refused for good, known by its fingerprint only."""

from __future__ import annotations

from django.db import models


class RefusedToken(models.Model):
    fingerprint = models.CharField(max_length=64, unique=True)
    refused_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint[:8]
