"""Writes docs/tour.md and its pictures from the scenes that have a point: `make tour`.

Each is played on a desktop and a phone, and photographed in light and in dark colours. The text depends on the scenes
alone; the pictures show the time at which they were taken.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.scenes import SCENES, Scene
from tests.browser.scenes.theatre import SIZES, Theatre, open_theatre
from tests.system.servers import ROOT

TARGET = ROOT / "docs" / "tour.md"
PICTURES = ROOT / "docs" / "tour"
LIMIT_BYTES = 3_000_000  # all pictures; they stay in the history of the repository
SCHEMES = ("light", "dark")
_QUALITY = 35  # of WebP: text can still be read, and a page takes about 20 KB
_WIDTHS = {"desktop": 420, "phone": 210}  # as shown in the text; a click opens the whole picture
POINTS = {
    1: "Who answers, and who pays",
    2: "The board of sessions",
    3: "What it costs",
    4: "Messages and their versions",
    5: "The composer",
    6: "Reading",
    7: "Conversations",
    8: "Side by side",
    9: "Without a mouse, without eyes",
    10: "The first five minutes",
}
HEAD = """# A tour

What Maestro looks like, at 1280 × 860 and 390 × 844, in light and in dark. Made by `make tour`: a real browser plays the scenes of
`tests/browser/scenes` on a real server. The answers are the simulator's; prices and use of the month are made up.
"""


def stops() -> dict[int, list[Scene]]:
    """The scenes of each point, in the order of the tour."""
    ordered = sorted(SCENES.values(), key=lambda scene: scene.turn)
    return {point: [scene for scene in ordered if scene.point == point] for point in POINTS}


def picture(scene: Scene, size: str, scheme: str) -> str:
    """The name of the file."""
    return f"{scene.name.replace('_', '-')}-{size}-{scheme}.webp"


def text() -> str:
    """docs/tour.md."""
    chapters = (
        f"\n## {point}. {POINTS[point]}\n" + "".join(map(_section, scenes))
        for point, scenes in stops().items()
    )
    return HEAD + "".join(chapters)


def _section(scene: Scene) -> str:
    rows = "".join(_row(scene, size) for size in SIZES)
    return f"\n{scene.caption}\n\n| {' | '.join(SCHEMES)} |\n|---|---|\n{rows}"


def _row(scene: Scene, size: str) -> str:
    cells = (
        f'<img src="tour/{picture(scene, size, scheme)}" width="{_WIDTHS[size]}" alt="{size}, {scheme}">'
        for scheme in SCHEMES
    )
    return f"| {' | '.join(cells)} |\n"


def take(theatre: Theatre, scene: Scene) -> Iterator[tuple[str, bytes]]:
    """Play it; the names of its pictures and their contents."""
    for size in SIZES:
        with theatre.tab(scene, size, reduced_motion="reduce", color_scheme="light") as tab:
            scene.arrange(tab)
            for scheme in SCHEMES:
                tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                yield picture(scene, size, scheme), _photograph(tab.page)
            tab.assert_clean()


def _photograph(page: Page) -> bytes:
    """WebP, which Playwright itself does not write and the browser does."""
    page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    return base64.b64decode(shot["data"])


def photograph(browser: Browser, folder: Path) -> int:
    """Fill `folder` with all pictures; their bytes together."""
    with tempfile.TemporaryDirectory() as data, open_theatre(browser, Path(data)) as theatre:
        for scenes in stops().values():
            for scene in scenes:
                for name, content in take(theatre, scene):
                    (folder / name).write_bytes(content)
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> int:
    """Replace text and pictures; 1 if the pictures are too heavy."""
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        weight = photograph(browser, PICTURES)
        browser.close()
    TARGET.write_text(text())
    print(f"docs/tour.md is written; its pictures weigh {weight / 1e6:.2f} of {LIMIT_BYTES / 1e6:.0f} MB.")
    return int(weight > LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
