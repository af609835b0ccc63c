"""What the pages and the admin ask for. Forms check shapes; services decide, and their errors come back here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from providers.credentials import Secret
from providers.interface import Provider
from providers.model_info import ModelInfo
from sessions_app.enums import AuthType
from sessions_app.models.budget import STOP_PERCENT, WARN_PERCENT, Budget
from sessions_app.models.session import NAME_LENGTH, ProviderSession
from sessions_app.services import periods
from sessions_app.services.pasted import MAX_BYTES
from sessions_app.services.periods import Period
from sessions_app.services.providers import available_providers
from sessions_app.words import listed

# The way that always works comes first.
_AUTH_TYPES = [(kind.value, kind.label) for kind in (AuthType.API_KEY, AuthType.OAUTH)]
# Password managers would offer the user's own password, browsers would remember the key.
_WRITE_ONLY = {"autocomplete": "off", "spellcheck": "false", "data-1p-ignore": "", "data-lpignore": "true"}


class _NeverShownAgain(forms.TextInput):
    """A text box that forgets what was typed: a pasted code is half of a login."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def _key_field(*, required: bool) -> forms.CharField:
    # render_value stays False: a key is never sent back to the browser.
    return forms.CharField(
        label=_lazy("API key"),
        required=required,
        max_length=2000,
        strip=True,
        widget=forms.PasswordInput(attrs=_WRITE_ONLY),
        help_text=_lazy("Stored encrypted, and never shown again."),
    )


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _key_date_field() -> forms.DateField:
    return forms.DateField(
        label=_lazy("Last day of the key (optional)"),
        required=False,
        widget=_day(),
        help_text=_lazy("Only if the provider ends it on a date: you are warned 14 and 3 days before."),
    )


class AddSessionForm(forms.Form):
    """Provider, kind of login, name; the key where the kind is a key."""

    provider = forms.ChoiceField(label=_lazy("Provider"))
    auth_type = forms.ChoiceField(
        label=_lazy("Connect with"), choices=_AUTH_TYPES, initial=AuthType.API_KEY, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_lazy("Name"),
        max_length=200,  # the service says what is wrong with a name; this only stops absurd input
        help_text=_lazy("What you call it, for example work_claude. Letters, digits, spaces, _ - ."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": NAME_LENGTH}),
    )
    api_key = _key_field(required=False)
    key_expires_at = _key_date_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(provider.name, provider.label) for provider in available_providers()]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("auth_type") == AuthType.API_KEY and not data.get("api_key"):
            self.add_error("api_key", _("Paste the API key."))
        return data

    @property
    def secret(self) -> Secret:
        return Secret(self.cleaned_data["api_key"])


class FirstSessionForm(AddSessionForm):
    """Three plain fields for who begins; what is wrong with them is said by the whole form."""

    field_order = ("name", "provider", "api_key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["key_expires_at"]
        self.fields["auth_type"].widget = forms.HiddenInput()
        self.fields["name"].widget.attrs["autofocus"] = True


class AdminAddSessionForm(AddSessionForm):
    """As for users, and for whom."""

    owner = forms.ModelChoiceField(
        label=_lazy("Owner"), queryset=User.objects.filter(is_active=True).order_by("username")
    )
    field_order = ("owner", "provider", "auth_type", "name", "api_key", "key_expires_at")


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": NAME_LENGTH}),
    )


class ReplaceKeyForm(forms.Form):
    api_key = _key_field(required=True)
    key_expires_at = _key_date_field()

    @property
    def secret(self) -> Secret:
        return Secret(self.cleaned_data["api_key"])


class KeyDateForm(forms.Form):
    key_expires_at = _key_date_field()


class PastedCodeForm(forms.Form):
    """One text box; `link` carries the signed link of the login, so that an error can show it again."""

    pasted = forms.CharField(
        label=_lazy("Paste the code here"),
        required=False,  # the service says what is wrong with an empty one
        max_length=4 * MAX_BYTES,
        widget=_NeverShownAgain(
            attrs={**_WRITE_ONLY, "autocapitalize": "off", "placeholder": "code#state", "autofocus": True}
        ),
    )
    link = forms.CharField(widget=forms.HiddenInput, required=False)


class BudgetForm(forms.Form):
    """An empty amount means no budget. The service says which amounts and levels can be meant."""

    amount = forms.DecimalField(
        label=_lazy("USD a month"),
        required=False,
        max_digits=12,
        decimal_places=2,
        help_text=_lazy("Empty: no limit."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "min": "0.01"}),
    )
    # xgettext:no-python-format
    warn_percent = forms.IntegerField(label=_lazy("Warn at, in % of it"), initial=WARN_PERCENT)
    stop_percent = forms.IntegerField(
        # xgettext:no-python-format
        label=_lazy("Stop at, in % of it"),
        initial=STOP_PERCENT,
        help_text=_lazy("From there on nothing is sent through this session until the next month."),
    )


def budget_form(budget: Budget | None, data: Any = None) -> BudgetForm:
    """The form with the budget as it is."""
    columns = ("amount", "warn_percent", "stop_percent")
    initial = {name: getattr(budget, name) for name in columns} if budget else None
    return BudgetForm(data, initial=initial)


class UsageForm(forms.Form):
    """Which days the page of usage is about."""

    period = forms.ChoiceField(label=_lazy("Period"), choices=periods.NAMES, initial=periods.THIS_MONTH)
    first = forms.DateField(label=_lazy("From"), required=False, widget=_day())
    last = forms.DateField(label=_lazy("To"), required=False, widget=_day())
    measure = forms.ChoiceField(
        label=_lazy("Chart of"),
        choices=[("cost", _lazy("Cost")), ("tokens", _lazy("Tokens"))],
        initial="cost",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if data.get("period") != periods.CUSTOM or self.errors:
            return data
        if first is None or last is None:
            raise forms.ValidationError(_("Enter both dates, or choose another period."))
        if last < first:
            raise forms.ValidationError(_("The second date must not be before the first."))
        if last - first > periods.LONGEST or first.year < periods.FIRST_YEAR or last.year > periods.LAST_YEAR:
            raise forms.ValidationError(_("Choose at most three years, of this century."))
        return data

    def asked_period(self) -> Period:
        """Of a form that is valid."""
        data = self.cleaned_data
        if data["period"] == periods.CUSTOM:
            return Period(data["first"], data["last"])
        return periods.named(data["period"], today=timezone.localdate())


class DefaultsForm(forms.Form):
    """The default model out of the session's live list, or as text where the list cannot be had."""

    default_model = forms.CharField(label=_lazy("Default model"), required=False, max_length=200)
    system_prompt = forms.CharField(
        label=_lazy("System prompt"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_lazy("Sent before every conversation through this session."),
    )
    auto_titles = forms.BooleanField(
        label=_lazy("Automatic titles"),
        required=False,
        help_text=_lazy(
            "After the first answer, the cheapest model of this session writes a title. It counts as use."
        ),
    )

    def __init__(self, *args: Any, models: Sequence[ModelInfo] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if models:
            self.fields["default_model"].widget = forms.Select(choices=self._choices(models))

    def _choices(self, models: Sequence[ModelInfo]) -> list[tuple[str, str]]:
        known = {model.id: model.label for model in models if model.lifecycle != "retired"}
        current = str(self.initial.get("default_model", ""))
        if current and current not in known:
            known[current] = _("%(model)s (not in the list now)") % {"model": current}
        return [("", _("The first model of the list")), *known.items()]


def defaults_form(session: ProviderSession, models: Sequence[ModelInfo], data: Any = None) -> DefaultsForm:
    """The form with what the session has now."""
    initial = {
        "default_model": session.default_model,
        "system_prompt": session.system_prompt,
        "auto_titles": session.auto_titles,
    }
    return DefaultsForm(data, models=models, initial=initial)


def oauth_notes(providers: Sequence[Provider]) -> list[str]:
    """For each provider whose OAuth the operator must still set up: which settings."""
    said = _("%(provider)s: OAuth login is not set up here. The operator must set %(settings)s.")
    return [
        said % {"provider": provider.label, "settings": listed(provider.oauth.missing_settings)}
        for provider in providers
        if provider.oauth is not None and provider.oauth.missing_settings
    ]
