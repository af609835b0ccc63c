"""The switches: what they are, where they come from, and which one wins.

Three layers, the later one wins: the app's `Script` (tests, `POST /control`), request headers
(`x-simulator-pace: 5`), and lines in the last user prompt (`/simulate pace 5`). The table of all
switches is in `providers.simulator.app`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from providers.messages import JsonObject
from providers.simulator.failures import SIMULATED, AnswerError

HEADER_PREFIX = "x-simulator-"
PROMPT_LINE = re.compile(r"^[ \t]*/simulate\b[ \t]*(.*?)[ \t]*$", re.MULTILINE)
WHOLE_ANSWER_FAULTS = ("html", "bad_gateway", "empty", "not_json", "redirect", "hang_up")
STREAM_FAULTS = ("error", "cut", "cut_utf8", "truncate", "stall", "silence", "unknown_events")
FAULTS = (*SIMULATED, *WHOLE_ANSWER_FAULTS, *STREAM_FAULTS)
TOKEN_FAULTS = (
    "server_error",
    "overloaded",
    "rate_limit",
    "html",
    "empty",
    "no_access_token",
    "no_refresh_token",
    "no_expires_in",
    "invalid_grant",
    "invalid_client",
    "hang_up",
    "hang_up_after",
)
# `/simulate rate_limit 5`: the field that a number behind the fault's name sets.
FAULT_ARGUMENT = {
    "rate_limit": "retry_after",
    "stall": "seconds",
    "silence": "seconds",
    **dict.fromkeys(("error", "cut", "cut_utf8", "truncate"), "after"),
}


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All switches with their defaults; durations in seconds."""

    pace: float = 60.0
    chunk: int = 1
    delay: float = 0.0
    length: int = 0
    numbered: int = 0
    size: int = 0
    thinking: bool = False
    tool: str = ""
    search: bool = False
    stop: str = ""
    fault: str = ""
    path: str = ""
    first: int = 0
    after: int = 8
    seconds: float = 30.0
    ping: float = 1.0
    retry_after: float = 1.0
    page: int = 1000
    expires_in: int = 28_800
    grace: float = 0.0
    token_fault: str = ""
    token_delay: float = 0.0


FIELDS = Switches.__struct_fields__
FLAGS = ("thinking", "search")


class Script:
    """The switches of one app, and how often each fault has happened."""

    def __init__(self, **changes: float | str) -> None:
        self._initial = _changed(Switches(), dict(changes))
        self.switches = self._initial
        self._happened: Counter[bytes] = Counter()

    def set(self, **changes: float | str) -> None:
        """Change switches for all later requests, and count faults from 0 again."""
        self.switches = _changed(self.switches, dict(changes))
        self._happened.clear()

    def reset(self) -> None:
        """Back to the switches the app was made with."""
        self.switches = self._initial
        self._happened.clear()

    def for_request(self, headers: Mapping[str, str], prompt: str = "") -> Switches:
        """The switches for one request. Raises `AnswerError` (400) for one that does not exist."""
        changes: dict[str, float | str] = {
            name.removeprefix(HEADER_PREFIX).replace("-", "_"): value
            for name, value in headers.items()
            if name.startswith(HEADER_PREFIX)
        }
        changes |= _from_prompt(prompt)
        return _changed(self.switches, changes) if changes else self.switches

    def fault_now(self, fault: str, *, first: int, key: str = "") -> bool:
        """Whether `fault` happens this time. With `first` = N it happens N times, counted per `key`."""
        if not fault or not first:
            return bool(fault)
        # Keys contain prompts; a hash keeps a long one from staying in memory.
        counted = hashlib.sha256(f"{fault}|{key}".encode()).digest()
        self._happened[counted] += 1
        return self._happened[counted] <= first


def strip_switches(prompt: str) -> str:
    """The prompt without its `/simulate` lines."""
    return PROMPT_LINE.sub("", prompt).strip()


def _from_prompt(prompt: str) -> dict[str, float | str]:
    changes: dict[str, float | str] = {}
    for line in PROMPT_LINE.findall(prompt):
        word, _, argument = line.partition(" ")
        word, argument = word.lower().replace("-", "_"), argument.strip()
        if word in FAULTS:
            changes["fault"] = word
            if argument:
                changes[FAULT_ARGUMENT.get(word, "first")] = argument
        else:
            changes[word] = argument or ("1" if word in FLAGS else "")
    return changes


def _changed(switches: Switches, changes: JsonObject) -> Switches:
    try:
        changed = msgspec.convert({**msgspec.structs.asdict(switches), **changes}, Switches, strict=False)
    except msgspec.ValidationError as error:
        words = ", ".join((*FIELDS, *FAULTS))
        raise AnswerError(400, f"Simulator: no such switch or value ({error}). Switches: {words}.") from error
    if changed.fault and changed.fault not in FAULTS:
        raise AnswerError(400, f"Simulator: no such fault. Faults: {', '.join(FAULTS)}.")
    if changed.token_fault and changed.token_fault not in TOKEN_FAULTS:
        raise AnswerError(400, f"Simulator: no such token fault. Token faults: {', '.join(TOKEN_FAULTS)}.")
    return changed
