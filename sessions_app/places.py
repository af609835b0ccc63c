"""Where a request comes from, in words for people: "203.0.113.7, Firefox on Linux". Pure.

The family of the program and not its version, so that an update of a browser is no new place.
"""

from __future__ import annotations

import re

COMMAND_LINE = "command line"
_LENGTH = 120

# The first that fits wins: nearly every browser also claims to be Safari, and many to be Chrome.
_PROGRAMS = (
    ("Edge", r"\bEdg(A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|Chromium|CriOS)/"),
    ("Safari", r"\bSafari/"),
    ("curl", r"^curl/"),
    ("Python", r"^python"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)


def place_of(address: str, user_agent: str) -> str:
    """The address and the family of the program; "" where neither is known."""
    if not address and not user_agent:
        return ""
    program = _first(_PROGRAMS, user_agent) or "another program"
    system = _first(_SYSTEMS, user_agent)
    family = f"{program} on {system}" if system else program
    return f"{address or 'unknown address'}, {family}"[:_LENGTH]


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, user_agent[:512], re.IGNORECASE)), "")
