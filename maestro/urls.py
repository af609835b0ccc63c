"""Every path of the product. The apps own what is below theirs."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from maestro import health, languages
from maestro.metrics.door import metrics

urlpatterns = [
    path("", include("chat.urls")),
    path("sessions/", include("sessions_app.urls")),
    path("", include("maestro.accounts.urls")),
    path("admin/", admin.site.urls),
    path("words/<slug:language>/<slug:version>.js", languages.script_words, name="script_words"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
handler400 = "maestro.refused.bad_request"
handler404 = "maestro.not_found.not_found"
