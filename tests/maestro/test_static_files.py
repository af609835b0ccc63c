"""Making the files that browsers get: whole, once, and without leaving the old ones behind for ever."""

from __future__ import annotations

import gzip
import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from maestro import static_files
from maestro.static_files import ServeStatic, VersionedStorage
from maestro.templatetags import modules
from maestro.templatetags.modules import preload_modules

SCRIPT = "chat/js/theme.js"  # one that is not joined with others


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    """The folder of a server as it is started in production."""
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = tmp_path / "static", False
    return tmp_path / "static"


def get(path: str) -> HttpResponse:
    """What a server that starts now answers; 204 where it leaves the path to Django."""
    request = HttpRequest()
    request.method, request.path_info = "GET", path
    request.META["HTTP_ACCEPT_ENCODING"] = "gzip"
    answer = ServeStatic(lambda _: HttpResponse(status=204))(request)
    assert isinstance(answer, HttpResponse) or answer.streaming
    return answer  # type: ignore[return-value]


def test_every_file_of_every_app_is_there_with_a_smaller_twin(root: Path) -> None:
    static_files.prepare()
    made = root / static_files.version()
    source = Path(str(finders.find(SCRIPT))).read_text()
    served = (made / SCRIPT).read_text()
    assert served == gzip.decompress((made / f"{SCRIPT}.gz").read_bytes()).decode()
    assert source.startswith("// ")
    assert source.endswith(served[-400:]), "the code, without the comments"
    library = "chat/vendor/highlight-11.12.0/core.min.js"
    assert (made / library).read_bytes() == Path(str(finders.find(library))).read_bytes()
    assert (made / "admin/css/base.css").is_file()
    assert (made / "sessions_app/admin.css").is_file()
    assert not list(root.glob(".making-*"))


def test_a_stylesheet_has_what_it_imports_in_its_place(root: Path) -> None:
    static_files.prepare()
    made = root / static_files.version() / "chat/css"
    parts = [made / name for name in ("variables.css", "base.css", "page.css")]
    assert (made / "whole_page.css").read_text() == "".join(part.read_text() for part in parts)
    assert (made / "whole_page.css.gz").is_file()


def test_a_page_has_its_script_in_one_file_with_a_smaller_twin(root: Path) -> None:
    static_files.prepare()
    made = root / static_files.version() / "chat/js"
    for page in ("chat.js", "page.js"):
        assert not re.search(r"^import\b", (made / page).read_text(), re.MULTILINE)
        assert (made / f"{page}.gz").is_file()
    assert "// @ts-check" not in (made / "chat.js").read_text()
    assert "\nexport function byId(" in (made / "dom.js").read_text(), "modules stay beside it"


def test_the_head_names_one_file_or_each_module_where_none_could_be_made(root: Path) -> None:
    named = []
    for prepare in (lambda: None, static_files.prepare):
        prepare()
        modules._links.cache_clear()
        named.append(re.findall(r"/(\w+)\.js", preload_modules("chat/js/page.js")))
    modules._links.cache_clear()
    apart, together = named
    assert {"dom", "everywhere", "page"} <= set(apart)
    assert together == ["page"]


def test_the_whole_chat_page_has_every_stylesheet_that_is_not_of_other_pages() -> None:
    folder = Path(str(finders.find("chat/css/whole_chat.css"))).parent
    elsewhere = {"admin.css", "board.css", "whole_chat.css", "whole_page.css"}
    named = (folder / "whole_chat.css").read_text()
    assert all(f'"{one.name}"' in named for one in folder.glob("*.css") if one.name not in elsewhere)


def test_processes_that_start_together_make_one_whole_folder(root: Path) -> None:
    root.mkdir()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: static_files.prepare(), range(4)))
    assert [one.name for one in root.iterdir()] == [static_files.version()]
    files = [
        one for one in (root / static_files.version()).rglob("*") if one.is_file() and one.suffix != ".gz"
    ]
    assert len(files) == sum(len(list(finder.list(None))) for finder in finders.get_finders())


def test_the_version_changes_with_the_content(root: Path, tmp_path: Path, settings: Settings) -> None:
    before = static_files.version()
    assert before == static_files.version.__wrapped__()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.css").write_text("a{}")
    settings.STATICFILES_DIRS = [tmp_path / "more"]
    finders.get_finder.cache_clear()
    try:
        first = static_files.version.__wrapped__()
        (tmp_path / "more" / "a.css").write_text("b{}")
        assert len({before, first, static_files.version.__wrapped__()}) == 3
    finally:
        finders.get_finder.cache_clear()


def test_older_versions_stay_for_pages_that_are_open_but_not_for_ever(root: Path) -> None:
    for age in range(1, 6):
        old = root / f"{age:012x}"
        old.mkdir(parents=True)
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    (root / "notes").mkdir()
    static_files.prepare()
    kept = {static_files.version(), f"{1:012x}", f"{2:012x}", "notes"}
    assert {one.name for one in root.iterdir()} == kept


def test_a_folder_that_cannot_be_written_costs_only_the_compression(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root.touch()  # a file stands where the folder should be
    with caplog.at_level(logging.WARNING):
        static_files.prepare()
    assert "uncompressed" in caplog.text
    assert VersionedStorage().url(SCRIPT) == f"/static/{SCRIPT}"


def test_pages_name_the_version_and_browsers_keep_it(root: Path) -> None:
    static_files.prepare()
    path = VersionedStorage().url(SCRIPT)
    assert path == f"/static/{static_files.version()}/{SCRIPT}"
    answer = get(path)
    assert (answer["Content-Encoding"], answer["Content-Type"]) == (
        "gzip",
        'text/javascript; charset="utf-8"',
    )
    assert "immutable" in answer["Cache-Control"]
    answer.close()


def test_another_version_gets_the_present_file_and_does_not_keep_it(root: Path) -> None:
    answer = get(f"/static/0123456789ab/{SCRIPT}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=60, public"
    answer.close()
    for absent in (
        "/static/0123456789ab/none.js",
        "/static/0123456789ab/../settings.py",
        "/static/none.js",
        "/chat/",
    ):
        assert get(absent).status_code == 204


def test_with_debug_files_are_served_as_they_lie_in_the_apps(root: Path, settings: Settings) -> None:
    settings.WHITENOISE_AUTOREFRESH = True
    static_files.prepare()
    assert not root.exists()
    assert VersionedStorage().url(SCRIPT) == f"/static/{SCRIPT}"
