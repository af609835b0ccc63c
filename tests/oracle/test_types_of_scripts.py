"""TypeScript checks our scripts by their JSDoc types: no name without an import, no argument that does not fit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.servers import ROOT

pytestmark = pytest.mark.oracle
TSC = ROOT / ".oracles/node_modules/typescript/bin/tsc"
SCRIPTS = ROOT / "chat/static/chat/js"
OPTIONS = [
    "--noEmit", "--checkJs", "--strict", "--target", "es2022", "--module", "esnext",
    "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
]  # fmt: skip


def complaints(scripts: list[Path]) -> list[str]:
    """What TypeScript says of `scripts` and what they import, without what others wrote."""
    if not TSC.exists() or shutil.which("node") is None:
        pytest.skip("TYPES OF SCRIPTS NOT CHECKED: TypeScript is not installed; run scripts/oracles.sh")
    done = subprocess.run(
        ["node", str(TSC), *OPTIONS, *map(str, scripts)], capture_output=True, text=True, cwd=ROOT
    )
    lines = (done.stdout + done.stderr).splitlines()
    return [line for line in lines if not line.startswith(" ") and "/vendor/" not in line]


def test_the_types_of_our_scripts_hold() -> None:
    scripts = sorted(SCRIPTS.rglob("*.js"))
    assert scripts
    assert not complaints(scripts)


def test_a_name_without_an_import_is_found(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text("export const words = woven('no import');\n")
    assert "Cannot find name 'woven'" in complaints([script])[0]
