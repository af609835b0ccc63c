"""axe-core finds nothing on any page, in any state that opens on it, light and dark, on desktop and phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import need_axe, violations
from tests.browser.scenes import SCENES, Scene
from tests.browser.scenes.theatre import SIZES, Theatre, open_theatre
from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
# What the browser itself writes about pages that are meant to refuse.
_REFUSALS = re.compile(r"status of 4\d\d")


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Theatre]:
    need_axe()
    with open_theatre(browser, tmp_path_factory.mktemp("theatre")) as opened:
        yield opened


def both_schemes(tab: Tab) -> list[str]:
    """What axe-core finds in the page in light and in dark colours."""
    found = []
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{scheme}: {one}" for one in violations(tab.page)]
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_nothing_keeps_anybody_out(theatre: Theatre, scene: Scene, size: str) -> None:
    with theatre.tab(scene, size) as tab:
        tab.expected = _REFUSALS
        scene.arrange(tab)
        tab.assert_clean()  # now, because the content policy stops some of what axe-core itself would like to do
        found = both_schemes(tab)
        assert not found, "\n".join(found)
