"""Log lines: plain or JSON, and never with a secret in them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from typing import Any

import pytest
from django.core.exceptions import RequestAborted
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from maestro import logs
from providers import http

SECRETS = [
    "sk-ant-api03-abcdefghijklmnop",
    "sk-sim-oat-abcdefghijklmnop",
    "gAAAAABnabcdefghijklmnopqrstuvwxyz0123456789==",
    "AIzaSyA-abcdefghijklmnopqrstuvw",
    "ya29.a0AfB_byCabcdefghijk",
    "GOCSPX-abcdefghijklmnop",
]


def _record(message: str, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("sessions_app", logging.INFO, __file__, 1, message, (), None)
    record.__dict__.update(extra)
    return record


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("formatter", [logs.PlainFormatter(), logs.JsonFormatter()])
def test_credential_is_masked_wherever_it_stands(formatter: logging.Formatter, secret: str) -> None:
    line = formatter.format(_record(f"call failed with {secret} in it", detail=secret))
    assert secret not in line
    assert logs.MASK in line


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh12345678",
        "GET /callback?code=abcdefgh12345678&state=x",
        '{"refresh_token": "x", refresh_token=abcdefgh12345678}',
        "open http://localhost/setup/eyabcdefgh12345678:1abc:sig/",
    ],
)
def test_value_beside_a_telling_name_is_masked(text: str) -> None:
    assert "abcdefgh12345678" not in logs.mask(text)


def test_ordinary_text_stays_as_it_is() -> None:
    text = "refresh of session 4f9d due at 12:00, status_code=200"
    assert logs.mask(text) == text


def test_json_line_has_the_facts_and_the_exception() -> None:
    record = _record("saved", session_id="4f9d")
    try:
        raise ValueError("no sk-ant-api03-abcdefghijklmnop")
    except ValueError:
        record.exc_info = sys.exc_info()
    entry = json.loads(logs.JsonFormatter().format(record))
    assert (entry["level"], entry["logger"], entry["message"]) == ("INFO", "sessions_app", "saved")
    assert entry["session_id"] == "4f9d"
    assert "ValueError" in entry["exception"]
    assert "abcdefghijklmnop" not in entry["exception"]


def test_error_reports_hide_what_sounds_secret_even_in_debug() -> None:
    report = logs.StrictReporterFilter()
    assert report.is_active(None)
    assert report.cleanse_setting("SALT_KEY", "grain") != "grain"
    assert report.cleanse_setting("pasted", "code#state") != "code#state"
    assert report.cleanse_setting("LANGUAGE", "en") == "en"
    assert report.cleanse_setting("CACHES", {"LOCATION": "redis://:grain@host"}) != "redis://:grain@host"


def test_error_page_of_a_call_that_broke_shows_no_credential_and_no_cookie() -> None:
    key, token, cookie = "sk-ant-" + "canary" * 4, "refresh" + "canary" * 4, "session" + "canary" * 4
    request = RequestFactory().get("/", headers={"cookie": f"sessionid={cookie}"})
    headers = {"x-api-key": key, "broken": 1}
    try:
        _call(headers, token.encode())
    except TypeError as problem:
        report = ExceptionReporter(request, type(problem), problem, problem.__traceback__)
    page = report.get_traceback_html() + report.get_traceback_text()
    assert "HttpRequest" in page
    assert [secret for secret in (key, token, cookie) if secret in page] == []


def _call(headers: Any, body: bytes) -> None:
    http.call(
        http.HttpRequest(method="POST", url="http://127.0.0.1:1/", headers=headers, body=body),
        http.CallTimeouts(),
    )


async def test_a_client_that_went_is_no_error_and_any_other_task_that_nobody_asks_is() -> None:
    """As asyncio logs it, through the configuration that the server has."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("asyncio")
    configured = logs.configuration(form="plain", level="INFO")
    gone_client = logs.GoneClientFilter()
    assert configured["loggers"]["asyncio"]["filters"] == ["gone_client"]
    logger.addHandler(handler)
    logger.addFilter(gone_client)
    try:
        for problem in (RequestAborted(), ValueError("real")):
            await _fail_unasked(problem)
    finally:
        logger.removeFilter(gone_client)
        logger.removeHandler(handler)
    assert "RequestAborted" not in said.getvalue()
    assert "ValueError: real" in said.getvalue()


async def _fail_unasked(problem: Exception) -> None:
    async def fail() -> None:
        raise problem

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
