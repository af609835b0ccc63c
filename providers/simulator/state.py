"""What one simulator remembers and counts, for tests and for `GET /control`.

In memory only. Requests are kept as they came, secrets included, because tests compare headers;
nothing here is logged.
"""

from __future__ import annotations

import time
from collections import Counter, deque

import msgspec

KEPT_REQUESTS = 200
KEPT_DELIVERIES = 5000
KEPT_PROMPT = 200  # characters
KEPT_BODY_BYTES = 1_000_000


class SeenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived, `at` in seconds since the epoch. `headers` has lower-case names; a huge `body` is
    kept as empty."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    at: float = 0.0


class Delivery(msgspec.Struct, kw_only=True):
    """One stream: what was generated for whom, and when it ended. Times in seconds since the epoch."""

    request_id: str
    prompt: str
    began_at: float = 0.0
    tokens: int = 0
    last_token_at: float = 0.0
    ended_at: float = 0.0  # 0 while it runs
    client_left: bool = False  # before the answer was complete
    is_long_enough: bool = False  # set by who watches: a numbered answer ends with its next line


class SimulatorState:
    """Counters of one app instance. They only grow, except `open_streams`."""

    def __init__(self) -> None:
        self.requests: deque[SeenRequest] = deque(maxlen=KEPT_REQUESTS)
        self.calls: Counter[str] = Counter()  # "POST /v1/messages" → how often
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.token_calls = 0
        self.refreshes = 0  # token calls that rotated
        self.replays = 0  # a consumed refresh token was presented again
        self.families_lost = 0  # revoked because of a replay
        self.open_streams = 0
        self.streams = 0
        self.events_sent = 0
        self.tokens_generated = 0
        self.disconnects = 0  # the client left before the answer was complete
        self.cached_prefixes: set[str] = set()
        self._ids = 0

    def next_id(self, prefix: str) -> str:
        """A new id such as `msg_sim_000007`: unique here, and the same in every run."""
        self._ids += 1
        return f"{prefix}_sim_{self._ids:06d}"

    def see(self, request: SeenRequest) -> None:
        """Remember and count a request."""
        self.requests.append(request)
        self.calls[f"{request.method} {request.path}"] += 1

    def deliver(self, request_id: str, prompt: str) -> Delivery:
        """Remember and count a stream that begins."""
        delivery = Delivery(request_id=request_id, prompt=prompt[:KEPT_PROMPT], began_at=time.time())
        self.deliveries.append(delivery)
        self.streams += 1
        return delivery

    def deliveries_of(self, marker: str) -> list[Delivery]:
        """The streams for prompts that contain `marker`, oldest first."""
        return [one for one in self.deliveries if marker in one.prompt]

    def seen(self, path: str) -> list[SeenRequest]:
        """The requests for `path`, oldest first."""
        return [request for request in self.requests if request.path == path]

    def counters(self) -> dict[str, int | dict[str, int]]:
        """Every number, without requests, for a page or a log."""
        numbers: dict[str, int | dict[str, int]] = {
            name: value for name, value in vars(self).items() if type(value) is int and name[0] != "_"
        }
        return {**numbers, "calls": dict(self.calls)}
