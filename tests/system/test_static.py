"""Scripts and styles over real HTTP, as the browser of a newcomer gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from django.contrib.staticfiles import finders

from tests.support import plain
from tests.system.person import Person
from tests.system.servers import Server, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
# All scripts and styles of the chat page, as they travel, with what colours code. Formulas are fetched with the first one.
PAGE_LIMIT_BYTES = 110_000
COLOURS = (
    "core",
    "languages/python",
    "languages/javascript",
    "languages/bash",
    "languages/json",
    "languages/xml",
)
_IMPORT = re.compile(r"""^(?:import|export)[^"']*["'](\./[^"']+|\.\./[^"']+)["']""", re.MULTILINE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("static") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> str:
    """The chat page of a newcomer."""
    person = Person(server)
    person.make_account()
    return plain.get(server.url, cookies=person.cookies).text


@pytest.fixture(scope="module")
def files(server: Server, page: str) -> dict[str, httpx.Response]:
    """What the chat page makes a browser load at once, by path."""
    found = dict[str, httpx.Response]()
    with plain.client(base_url=server.url, headers={"Accept-Encoding": "gzip"}) as browser:
        wanted = links(page)
        while wanted:
            path = wanted.pop()
            found[path] = browser.get(path)
            assert found[path].status_code == 200, path
            wanted += [name for name in imports_of(path, found[path].text) if name not in found]
    return found


def test_the_chat_page_is_small_and_every_part_of_it_is_kept(
    server: Server, files: dict[str, httpx.Response]
) -> None:
    names = {path.split("/chat/", 1)[1] for path in files}
    assert names == {"css/whole_chat.css", "js/chat.js", "js/theme.js"}
    for path, answer in files.items():
        assert re.match(r"/static/[0-9a-f]{12}/chat/", path), path
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        if len(answer.content) > 1000:
            assert answer.headers["Content-Encoding"] == "gzip", path
    with plain.client(base_url=server.url, headers={"Accept-Encoding": "gzip"}) as browser:
        home = next(path for path in files if path.endswith("/js/chat.js")).removesuffix("js/chat.js")
        colours = [browser.get(f"{home}vendor/highlight-11.12.0/{name}.min.js") for name in COLOURS]
    everything = [*files.values(), *colours]
    assert all(answer.status_code == 200 for answer in everything)
    assert sum(answer.num_bytes_downloaded for answer in everything) < PAGE_LIMIT_BYTES


def test_comments_stay_at_home_and_code_does_not(files: dict[str, httpx.Response]) -> None:
    for path, answer in files.items():
        name = path.split("/", 3)[3]
        assert not re.search(r"^\s*//", answer.text, re.MULTILINE), path
        if not name.endswith("/chat.js"):
            assert answer.text.split() == as_it_travels(Path(str(finders.find(name)))).split(), path


def test_the_script_of_a_page_has_every_line_of_the_modules_that_it_imports(
    files: dict[str, httpx.Response],
) -> None:
    script = next(answer.text for path, answer in files.items() if path.endswith("/js/chat.js"))
    served = set(script.splitlines())
    modules = whole_of(Path(str(finders.find("chat/js/chat.js"))))
    assert len(modules) > 100
    for path in modules:
        lines = without_comments(path.read_text()).splitlines()
        code = [line.removeprefix("export ") for line in lines if not line.startswith("import ")]
        assert {line for line in code if "import.meta.url" not in line} <= served, path


def whole_of(script: Path) -> set[Path]:
    """The script and all that it imports."""
    found, waiting = set[Path](), [script]
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [
                path.parent / name
                for name in re.findall(r'^import .* from "(.+)";', path.read_text(), re.MULTILINE)
            ]
    return found


def test_a_page_waits_for_one_stylesheet(page: str, files: dict[str, httpx.Response]) -> None:
    (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    assert "@import" not in files[sheet].text
    assert "@import" in Path(str(finders.find("chat/css/whole_chat.css"))).read_text()


def as_it_travels(path: Path) -> str:
    """Without comments, and with what a stylesheet imports in its place."""
    lines = without_comments(path.read_text()).splitlines()
    imports = [re.fullmatch(r'@import "(.+)";', line) for line in lines]
    return "\n".join(
        as_it_travels(path.with_name(found[1])) if found else line
        for line, found in zip(lines, imports, strict=True)
    )


def without_comments(source: str) -> str:
    """Line by line, unlike the pattern that the server uses."""
    kept, inside = [], False
    for line in source.splitlines():
        text = line.strip()
        inside = inside or (text.startswith("/*") and not re.match(r"/\*.*?\*/.*\S", text))
        if not inside and not text.startswith("//"):
            kept.append(line)
        inside = inside and not text.endswith("*/")
    return "\n".join(kept)


def test_the_page_names_in_its_head_every_module_that_its_script_begins_with(
    page: str, files: dict[str, httpx.Response]
) -> None:
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', page))
    assert [path.split("/chat/", 1)[1] for path in named] == ["js/chat.js"]
    for path in named:
        assert set(imports_of(path, files[path].text)) <= named


def test_a_browser_without_compression_is_served_too(
    server: Server, files: dict[str, httpx.Response]
) -> None:
    path, answer = max(files.items(), key=lambda item: len(item[1].content))
    unpacked = plain.get(f"{server.url}{path}", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in unpacked.headers
    assert unpacked.content == answer.content


def test_what_is_given_from_memory_is_what_django_gave(
    server: Server, files: dict[str, httpx.Response]
) -> None:
    path = next(path for path in files if path.endswith("/css/whole_chat.css"))
    with httpx.Client(base_url=server.url) as browser:
        first, again = (browser.get(path, headers={"Accept-Encoding": "gzip"}) for _ in range(2))
        assert first.content == again.content == files[path].content
        assert dict(first.headers) | {"date": ""} == dict(again.headers) | {"date": ""}
        assert again.headers["X-Content-Type-Options"] == "nosniff"
        part = browser.get(path, headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})
        assert (part.status_code, part.content) == (206, first.content[:10])
        assert browser.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
        assert browser.head(path).content == b""
        assert browser.post(path).status_code == 405


def test_a_second_start_gives_the_same_addresses(tmp_path: Path) -> None:
    found = set()
    for _ in range(2):
        with running_server(tmp_path / "var") as running:
            found.add(tuple(links(plain.get(f"{running.url}/accounts/login/").text)))
            running.stop()
    assert len(found) == 1


def links(page: str) -> list[str]:
    """Scripts and styles that a page names."""
    return sorted(set(re.findall(r'(?:src|href)="(/static/[^"#]+\.(?:js|css))"', page)))


def imports_of(path: str, script: str) -> list[str]:
    """The modules that a module loads before it runs."""
    return [urljoin(path, name) for name in _IMPORT.findall(script)] if path.endswith(".js") else []
