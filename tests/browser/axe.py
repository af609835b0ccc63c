"""axe-core in a page: what keeps people out of it, by WCAG 2.2 AA and good practice.

`scripts/oracles.sh` installs it; where it is missing, the tests that need it say so and are skipped.
https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.system.servers import ROOT

AXE = ROOT / ".oracles/node_modules/axe-core/axe.min.js"
# Everything but experiments: what a best practice forbids annoys the same people.
# A menu that opens is a layer of its own as a dialog is, and needs no landmark around it.
_LAYERS = "dialog, [role=dialog], [role=alertdialog], [role=menu], svg"
_SET_UP = f"axe.configure({{checks: [{{id: 'region', options: {{regionMatcher: '{_LAYERS}'}}}}]}})"
_RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@cache
def _source() -> str:
    return AXE.read_text()


def need_axe() -> None:
    """Skip the test, loudly, where axe-core is not installed."""
    if not AXE.exists():
        pytest.skip("AXE NOT RUN: axe-core is not installed; run scripts/oracles.sh")


def violations(page: Page) -> list[str]:
    """What axe-core finds in the page as it is now: the rule, the element, and what it says of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
        page.evaluate(_SET_UP)
    return [_in_words(rule, node) for rule in page.evaluate(_RUN) for node in rule["nodes"]]


def _in_words(rule: dict[str, Any], node: dict[str, Any]) -> str:
    why = " ".join(str(node["failureSummary"]).split())
    return f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} {why}"
