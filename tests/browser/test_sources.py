"""What the front end's sources promise, checked without a browser: vendored files are what they say, scripts are
small and typed, and no template or script opens a hole in the content policy."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "chat" / "static" / "chat"
VENDOR = STATIC / "vendor"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
PAGES = sorted((ROOT / "templates").rglob("*.html"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_vendored_files_are_the_published_ones() -> None:
    table = (VENDOR / "VENDORED.md").read_text()
    listed = dict(re.findall(r"^\| (\S+\.\w+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*.*")
        if path.is_file() and path.name != "VENDORED.md"
    }
    assert listed == found
    assert all((folder / "LICENSE").exists() for folder in VENDOR.iterdir() if folder.is_dir())


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_are_small_typed_and_make_no_html_of_text(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// @ts-check\n// ")
    assert len(text.splitlines()) <= 150
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML", text
    )


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "variables.css"], ids=name)
def test_colours_and_pixels_stand_in_one_file(path: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"\b\d+px\b|#[0-9a-fA-F]{3,8}\b(?=[;, )])|rgba?\(|hsla?\(", rules) == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_templates_have_no_inline_script_style_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", text.replace("https://docs.", ""))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_comments_of_templates_end_in_their_line(path: Path) -> None:
    """Django takes a longer one for text, which readers then see."""
    assert not [line for line in path.read_text().splitlines() if line.count("{#") != line.count("#}")]
