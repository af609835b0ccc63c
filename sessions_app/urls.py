"""Paths of the session pages."""

from __future__ import annotations

from django.urls import path

from sessions_app import history, usage_views, views

app_name = "sessions"
urlpatterns = [
    path("", views.session_list, name="list"),
    path("add/", views.add, name="add"),
    path("try/", views.try_out, name="try"),
    path("activity/", history.activity, name="activity"),
    path("attention/", views.attention, name="attention"),
    path("usage/", usage_views.usage_page, name="usage"),
    path("usage.csv", usage_views.usage_csv_file, name="usage_csv"),
    path("<uuid:session_id>/", views.detail, name="detail"),
    path("<uuid:session_id>/login/", views.log_in, name="login"),
    path("<uuid:session_id>/test/", views.test, name="test"),
    path("<uuid:session_id>/refresh/", views.refresh, name="refresh"),
    path("<uuid:session_id>/rename/", views.rename, name="rename"),
    path("<uuid:session_id>/defaults/", views.defaults, name="defaults"),
    path("<uuid:session_id>/key/", views.replace_key, name="replace_key"),
    path("<uuid:session_id>/key-date/", views.key_date, name="key_date"),
    path("<uuid:session_id>/budget/", views.budget, name="budget"),
    path("<uuid:session_id>/enable/", views.enable, name="enable"),
    path("<uuid:session_id>/disable/", views.disable, name="disable"),
    path("<uuid:session_id>/revoke/", views.revoke, name="revoke"),
    path("<uuid:session_id>/delete/", views.delete, name="delete"),
    path("<uuid:session_id>/models/", views.models, name="models"),
]
