"""`ListedModels`: what a provider last said about the models of a session.

Whoever sends a message must know what its model takes, and must not wait for a list. A row of its own, because lists
are long and the session's row is read for every page.
"""

from __future__ import annotations

from django.db import models

from sessions_app.models.session import ProviderSession


class ListedModels(models.Model):
    """`models_json`: `providers.model_info.ModelInfo`s in the provider's order, as of `listed_at`."""

    session = models.OneToOneField(
        ProviderSession, on_delete=models.CASCADE, primary_key=True, related_name="listed_models"
    )
    models_json = models.TextField()
    listed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"models of {self.session_id}"
