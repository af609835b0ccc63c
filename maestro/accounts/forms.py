"""Forms of the account pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.utils.translation import gettext as _


class SetUpForm(BaseUserCreationForm[User]):
    """Name and password of the first user."""

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Rules are told when they are broken; a wall of them before the first letter helps nobody.
        self.fields["username"].help_text = ""
        self.fields["username"].widget.attrs["autocomplete"] = "username"
        self.fields["password1"].help_text = _("At least 10 characters, and not a common one.")
        self.fields["password2"].label = _("Password again")
        self.fields["password2"].help_text = ""
