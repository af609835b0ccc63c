"""Account pages: sign in (throttled), the first user, change of password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from maestro.accounts import setup, throttle
from maestro.accounts.forms import SetUpForm


class ThrottledLoginView(auth_views.LoginView):
    """Django's login, with a limit on failures per minute."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if throttle.is_throttled(request, self._username()):
            context = self.get_context_data(form=AuthenticationForm(request), throttled=True)
            return render(request, self.template_name, context, status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        throttle.forget(self.request, self._username())
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        throttle.count_failure(self.request, self._username())
        return super().form_invalid(form)

    def _username(self) -> str:
        return self.request.POST.get("username", "")


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin's own sign-in page has no limit on failures, so this one stands at its address instead."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


class PasswordChangeView(auth_views.PasswordChangeView):
    """Change one's own password; other browsers are signed out by it."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("chat:home")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Password changed. Other browsers are signed out."))
        return super().form_valid(form)


@method_decorator([never_cache, sensitive_post_parameters("password1", "password2")], name="dispatch")
class SetUpView(FormView[SetUpForm]):
    """Makes the first user, signs them in, and goes to the chat."""

    template_name = "accounts/setup.html"
    form_class = SetUpForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not setup.is_open() or not setup.is_valid(kwargs["token"]):
            return self._gone()
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            user = setup.create_first_user(username=data["username"], password=data["password1"])
        except setup.SetUpClosed:
            return self._gone()
        login(self.request, user)
        return redirect("chat:home")

    def _gone(self) -> HttpResponse:
        context = {"has_users": not setup.is_open()}
        return render(self.request, "accounts/setup_gone.html", context, status=410)
