"""httpx for servers on this machine. Loading the system's certificates, as it does for each client, takes 30 ms: longer than
the calls, and a core of its own while somebody waits for a server that is still starting."""

from __future__ import annotations

from functools import partial

import httpx

_PLAIN = {"verify": False, "trust_env": False}
client = partial(httpx.Client, **_PLAIN)
get = partial(httpx.get, **_PLAIN)
head = partial(httpx.head, **_PLAIN)
post = partial(httpx.post, **_PLAIN)
delete = partial(httpx.delete, **_PLAIN)
stream = partial(httpx.stream, **_PLAIN)
