"""Paths of the account pages."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.urls import path

from maestro.accounts import views

urlpatterns = [
    path("accounts/login/", views.ThrottledLoginView.as_view(), name="login"),
    path("admin/login/", views.admin_login, name="admin_login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("setup/<str:token>/", views.SetUpView.as_view(), name="setup"),
]
