"""`PendingLogin`: an OAuth round that waits for its code. Its verifier is wiped when it is used."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from sessions_app.fields import Ciphertext, StrictEncryptedTextField, nothing
from sessions_app.models.session import ProviderSession


class PendingLogin(models.Model):
    session = models.ForeignKey(ProviderSession, on_delete=models.CASCADE, related_name="pending_logins")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    state_hash = models.CharField(max_length=64, unique=True)
    verifier: Ciphertext = StrictEncryptedTextField(default=nothing, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(verifier=""), name="used_login_has_no_verifier"
            )
        ]

    def __str__(self) -> str:
        return f"login for {self.session_id}"
