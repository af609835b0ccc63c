"""Scripts, styles and pictures as browsers get them: compressed, under a path that names their version, kept for good.

The version is a hash over all of them and stands in front of the names, so that modules, styles and icons find each
other by the relative paths that they are written with, and nothing has to be rewritten or collected by hand: the server
makes the files from the apps when it starts, into the data folder, without their comments, what a stylesheet imports in
its place, and the modules of a page in one file (`maestro.joined_scripts`): a page waits for each stylesheet before it is
painted, and for each module before it works. With DEBUG they are served as they lie in the apps.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponseBase
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware

from maestro.joined_scripts import joined

logger = logging.getLogger(__name__)
_VERSIONED = r"^/static/[0-9a-f]{12}/"
# Counts into the version, so that files which were made otherwise are made again.
_FORM = b"without comments, imports in place, scripts joined"
# The scripts that pages name, and what each loads on demand.
SCRIPTS = {"chat/js/chat.js": ("chat/js/search.js", "chat/js/compare.js"), "chat/js/page.js": ()}
_LIBRARIES = "/vendor/"  # stay to the letter: their checksums are told
# Those that have lines of their own, and nothing behind them.
_COMMENTS = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_STYLES = re.compile(
    r'^@import "([\w-]+\.css)";\n', re.MULTILINE
)  # of the same folder, so that addresses in it stay true
_KEPT = 3  # versions: a page that is still open loads a module of its own one later


def prepare() -> None:
    """Make the files of this version where they are missing. Safe in several processes at once; a folder that cannot be
    written only costs the compression."""
    if settings.WHITENOISE_AUTOREFRESH:
        return
    root = Path(settings.STATIC_ROOT)
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        if not (root / version()).is_dir():
            _make(root / version())
        (root / version()).touch()
        _remove_old(root)
    except OSError as error:
        logger.warning("static files are served uncompressed: %s cannot be written (%s)", root, error)


@cache
def version() -> str:
    """Twelve hexadecimal digits over the names and contents of all files."""
    digest = hashlib.sha256(_FORM)
    for name, path in sorted(_sources().items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def is_made() -> bool:
    """Whether browsers get what this module makes, not the files as they lie in the apps."""
    return not settings.WHITENOISE_AUTOREFRESH and (Path(settings.STATIC_ROOT) / version()).is_dir()


class VersionedStorage(StaticFilesStorage):
    """The addresses that templates write: with the version, if its files were made."""

    @cached_property
    def _prefix(self) -> str:
        return f"{version()}/" if is_made() else ""

    @cached_property
    def _urls(self) -> dict[str, str]:
        return {}  # a page has hundreds

    def url(self, name: str | None) -> str:
        name = name or ""
        if name not in self._urls:
            self._urls[name] = super().url(f"{self._prefix}{name}")
        return self._urls[name]


class ServeStatic(WhiteNoiseMiddleware):  # type: ignore[misc]  # the package has no types
    """WhiteNoise, which also answers for a version that it has not: while servers change one after the other, a page of
    one asks another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        prepare()  # WhiteNoise looks once which files there are
        super().__init__(get_response)

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Whether browsers may keep it for good."""
        return re.match(_VERSIONED, url) is not None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in self.files and re.match(_VERSIONED, request.path_info):
            name = re.sub(_VERSIONED, "", request.path_info)
            if (present := self.files.get(f"{self.static_prefix}{name}")) is not None:
                answer: HttpResponseBase = self.serve(present, request)
                return answer
        passed: HttpResponseBase = super().__call__(request)
        return passed


def _sources() -> dict[str, Path]:
    """Every file of every app by its name below `static/`; of two with one name the first, as Django has it."""
    found: dict[str, Path] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list(None):
            found.setdefault(name.replace(os.sep, "/"), Path(storage.path(name)))
    return found


def _make(folder: Path) -> None:
    """The folder appears whole or not at all: another process may be making it, too."""
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        compressor = Compressor(quiet=True)
        sources = _sources()
        scripts = _joined_scripts(sources)
        for name, path in sources.items():
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if name in scripts:
                target.write_text(scripts[name])
            else:
                _copy(path, target)
            if compressor.should_compress(name):
                compressor.compress(str(target))
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _joined_scripts(sources: dict[str, Path]) -> dict[str, str]:
    """By name, those that pages name and load on demand. Every other module stays beside them, as it is."""
    found: dict[str, str] = {}
    for page, on_demand in SCRIPTS.items():
        found |= joined(page, on_demand, lambda name: _as_it_travels(sources[name]))
    return found


def _copy(path: Path, target: Path) -> None:
    if path.suffix in {".js", ".css"} and _LIBRARIES not in path.as_posix():
        target.write_text(_as_it_travels(path))
    else:
        shutil.copyfile(path, target)


def _as_it_travels(path: Path) -> str:
    """Without comments, which are for who reads the code: a quarter of what would travel. With the stylesheets that it imports."""
    text = _COMMENTS.sub("", path.read_text())
    return (
        _STYLES.sub(lambda found: _as_it_travels(path.with_name(found[1])), text)
        if path.suffix == ".css"
        else text
    )


def _remove_old(root: Path) -> None:
    versions = [one for one in root.iterdir() if re.fullmatch("[0-9a-f]{12}", one.name)]
    newest_first = sorted(versions, key=lambda one: one.stat().st_mtime, reverse=True)
    for old in newest_first[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
