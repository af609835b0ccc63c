"""Which language a page and its scripts are in: the browser's wish, as far as it is offered."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings

from chat.language import language_of
from maestro.environment import Env
from maestro.languages import address_of_words


@pytest.fixture
def german(settings: Settings) -> None:
    """An installation that also offers German."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]


def login_page(accepted: str = "", **cookies: str) -> HttpResponse:
    client = Client(headers={"accept-language": accepted})
    client.cookies.load(cookies)
    return client.get(reverse("login"))


@pytest.mark.django_db
@pytest.mark.parametrize("accepted", ["", "de-DE,de;q=0.9", "tlh", "en-GB", "*", "q=;;", "x" * 5000])
def test_english_alone_is_offered_until_the_operator_says_more(accepted: str) -> None:
    answer = login_page(accepted)
    assert answer["Content-Language"] == "en"
    page = answer.content.decode()
    assert '<html lang="en">' in page
    assert "To your sessions and conversations." in page
    assert "Username" in page, "Django's own words too"
    assert "/words/" not in page, "scripts are written in English"


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_a_language_that_is_offered_is_that_of_the_page_and_of_its_scripts() -> None:
    answer = login_page("de-AT,de;q=0.9,en;q=0.5")
    page = answer.content.decode()
    assert '<html lang="de">' in page
    assert "Benutzername" in page
    assert "Zu Ihren Sitzungen und Unterhaltungen." in page
    (script,) = re.findall(r'<script defer src="(/words/de/[0-9a-f]{12}\.js)"></script>', page)
    assert page.index(script) < page.index('type="module"'), "modules find it there"
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_another_language_than_those_that_are_offered_gives_english() -> None:
    assert '<html lang="en">' in login_page("fr,pl;q=0.9").content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_a_cookie_says_it_before_the_browser_does() -> None:
    assert '<html lang="de">' in login_page("en", django_language="de").content.decode()


def test_a_page_reads_from_right_to_left_where_its_language_does(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    with translation.override("ar"):
        page = engines["django"].get_template("500.html").render()
    assert '<html lang="ar" dir="rtl">' in page


@pytest.mark.usefixtures("german")
def test_dates_and_numbers_are_written_as_in_the_language() -> None:
    written = engines["django"].from_string("{{ day|date:'DATE_FORMAT' }} {{ number }}")
    values = {"day": date(2026, 3, 1), "number": 1.5}
    with translation.override("de"):
        assert written.render(values) == "1. März 2026 1,5"
    with translation.override("en"):
        assert written.render(values) == "March 1, 2026 1.5"


@pytest.mark.usefixtures("german")
def test_the_words_of_scripts_are_kept_for_good_under_their_version() -> None:
    answer = Client(headers={"accept-encoding": "gzip"}).get(address_of_words("de"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    other = Client().get("/words/de/0123456789ab.js")
    assert b"globals.gettext = django.gettext" in other.content
    assert other["Cache-Control"] == "public, max-age=60"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("language", ["fr", "de-at", "..", "DE"])
def test_there_are_no_words_in_a_language_that_is_not_offered(language: str) -> None:
    assert Client().get(f"/words/{language}/0123456789ab.js").status_code == 404


@pytest.mark.usefixtures("german")
def test_a_websocket_has_the_language_of_its_page() -> None:
    german = (b"Accept-Language", b"de-CH, en;q=0.5")
    assert language_of({"headers": [german], "cookies": {}}) == "de"
    assert language_of({"headers": [german], "cookies": {"django_language": "en"}}) == "en"
    assert language_of({"headers": [(b"accept-language", b"\xff;;")]}) == "en"
    assert language_of({}) == "en"


def test_the_operator_lists_languages_the_first_for_everybody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Env, "ENVIRON", {"MORE": "de, EN,,pt-br,de"})
    assert Env().languages("MORE", default="en") == [
        ("de", "Deutsch"),
        ("en", "English"),
        ("pt-br", "Português Brasileiro"),
    ]
    assert Env().languages("NONE", default="en") == [("en", "English")]


@pytest.mark.parametrize("wrong", ["klingon", "en;de", "zh-cn", ","])
def test_a_language_that_django_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setattr(Env, "ENVIRON", {"MORE": wrong})
    with pytest.raises(ImproperlyConfigured, match=r"^MORE must be a list of language codes"):
        Env().languages("MORE", default="en")


def test_a_time_in_a_message_is_an_element_that_scripts_find() -> None:
    written = engines["django"].from_string("{% load languages %}{{ at|time_element:'H:i' }}")
    with timezone.override("Europe/Berlin"):
        element = written.render({"at": datetime(2026, 3, 1, 14, 5, tzinfo=UTC)})
    assert element == '<time data-local datetime="2026-03-01T15:05:00+01:00">15:05</time>'
