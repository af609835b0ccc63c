"""The page of usage and its CSV. Reads only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sessions_app import chart
from sessions_app.forms import UsageForm
from sessions_app.login_page import signed_in
from sessions_app.services import periods, usage_csv, usage_report
from sessions_app.services.periods import Period


@login_required
@never_cache
@require_GET
def usage_page(request: HttpRequest) -> HttpResponse:
    """`?period=`, with `first` and `last` for two dates; `measure=tokens` draws tokens instead of cost."""
    form, period = _asked(request)
    report = usage_report.report(signed_in(request), period)
    measure: chart.Measure = "tokens" if request.GET.get("measure") == "tokens" else "cost"
    drawn = chart.draw(report, measure=measure, by_month=period.by_month)
    context = {"form": form, "period": period, "report": report, "chart": drawn, "measure": measure}
    return render(request, "sessions_app/usage.html", context)


@login_required
@never_cache
@require_GET
def usage_csv_file(request: HttpRequest) -> HttpResponseBase:
    """The same period, one line for each answer; 400 if it cannot be understood."""
    form, period = _asked(request)
    if form.errors:
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    name = f"maestro-usage-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.csv"
    pieces = usage_csv.pieces(signed_in(request), period)
    return StreamingHttpResponse(
        _on_a_thread(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _on_a_thread(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The same for an event loop, which must not wait for the database. (Django would read all of it first.)"""
    read_next = sync_to_async(lambda: next(pieces, None))
    while (piece := await read_next()) is not None:
        yield piece


def _asked(request: HttpRequest) -> tuple[UsageForm, Period]:
    """The form as it was filled in, and its period; this month where it was not, or not well."""
    form = UsageForm(request.GET if "period" in request.GET else None)
    this_month = periods.named(periods.THIS_MONTH, today=timezone.localdate())
    return form, form.asked_period() if form.is_bound and form.is_valid() else this_month
