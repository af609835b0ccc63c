"""`make audit` is not content with an answer that it did not get."""

from __future__ import annotations

import os
import subprocess

from tests.system.servers import ROOT


def test_packages_of_which_nothing_was_heard_do_not_pass() -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": ""}
    ended = subprocess.run(
        ["scripts/audit"], cwd=ROOT, env=os.environ | nowhere, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert "NOT AUDITED" in ended.stdout
