"""Malformed and hostile frames and requests: each is answered, none is a 500, no socket closes without a code."""

from __future__ import annotations

import json
import random
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from django.urls import URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from chat.protocol import ClientFrame
from tests.reliability.figures import record
from tests.reliability.streams.inside_names import MODEL
from tests.reliability.streams.installation import Installation, Person, Served

pytestmark = [pytest.mark.once, pytest.mark.early]

CSRF = "a" * 32
SHARE = 0.5  # of the examples are frames, the rest requests
NASTY = (
    "", " ", "\x00", "null", "[]", "{}", '"', "{", "[" * 50_000, '{"a":' * 20_000, "1e999", "-0", "NaN", "\ufeff{}",
    '{"type":"attach","type":"ping"}', '{"type":"ping","ref":"\\ud800"}', '{"type":"ping","ref":{}}',
    '{"type":"' + "x" * 70_000 + '"}', '{"type":"ping"}' * 2, '{"type":["ping"]}', '{"type":"ended"}',
    '{"type":"send","text":"\\u202e\\u0000"}', "' OR 1=1 --", "<script>alert(1)</script>",
)  # fmt: skip
RAW = (
    b"\x00\x01\x02\xff\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", b"POST /chat/send/ HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /chat/send/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /ws/chat/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)  # fmt: skip
# Of a websocket: reserved bits, an unknown opcode, no mask, a fragment of nothing, text that is not UTF-8, a huge length.
BROKEN = (b"\xf1\x80\0\0\0\0", b"\x83\x80\0\0\0\0", b"\x81\x02hi", b"\x80\x80\0\0\0\0", b"\x81\x82\0\0\0\0\xff\xfe",
          b"\x81\xff" + b"\x7f" * 8 + b"\0\0\0\0")  # fmt: skip
# Beside the product's own paths; what signs the person out would make the rest of the test one about strangers.
MORE_PATHS = ("/admin/chat/", "/static/{id}", "/ws/chat/", "/simulator/v1/messages", "/nothing/")
SIGNS_OUT = "logout"
BAD_FRAME = {"bad_json", "bad_frame", "unknown_type", "too_large"}

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def _paths(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Every path of the product, `{id}` where something is to be put in."""
    for pattern in resolver.url_patterns:
        path = prefix + re.sub(r"<[^>]*>", "{id}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern, path)
        elif SIGNS_OUT not in path:
            yield path


def _frames(ids: list[str], person: Person) -> st.SearchStrategy[str | bytes]:
    """Anything; JSON of any shape; and right frames of every type with one thing wrong, or nothing."""
    right = st.one_of([_right(kind, ids, person) for kind in get_args(ClientFrame)])
    wrong = st.builds(_changed, right, st.randoms(use_true_random=False), _json)
    texts = st.one_of(
        st.text(), _json.map(_dumped), right.map(_dumped), wrong.map(_dumped), st.sampled_from(NASTY)
    )
    return texts.map(lambda text: text.encode("utf-8", "replace").decode()) | st.binary(max_size=50)


def _right(kind: type[msgspec.Struct], ids: list[str], person: Person) -> st.SearchStrategy[dict[str, Any]]:
    """A frame as the protocol has it; with luck its ids fit together."""
    payer = st.fixed_dictionaries(
        {"session": st.just(person.session) | st.sampled_from(ids), "model": st.just(MODEL)}
    )
    known = {"session": st.just(person.session), "payers": st.lists(payer, min_size=2, max_size=4)}
    values = {
        field.name: known[field.name] | _value(field.type, ids)
        if field.name in known
        else _value(field.type, ids)
        for field in msgspec.structs.fields(kind)
    }
    return st.fixed_dictionaries({"type": st.just(str(kind.__struct_config__.tag)), **values})


def _value(kind: Any, ids: list[str]) -> st.SearchStrategy[Any]:
    if kind is UUID:
        return st.sampled_from(ids)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return st.fixed_dictionaries(
            {}, optional={field.name: _value(field.type, ids) | _json for field in fields}
        )
    described = msgspec.inspect.type_info(kind)
    if isinstance(described, msgspec.inspect.LiteralType):
        return st.sampled_from(described.values)
    if isinstance(described, msgspec.inspect.IntType):
        return st.integers(0, 2**31 - 1)
    return st.sampled_from([MODEL, "", "x" * 300, *ids]) | st.text(max_size=80)


def _changed(frame: dict[str, Any], random: random.Random, value: Any) -> dict[str, Any]:
    name = random.choice([*frame, "after_seq", "ref", "more"])
    return (
        {**frame, name: value} if random.random() < 0.8 else {key: frame[key] for key in frame if key != name}
    )


def _is_no_frame(frame: str | bytes) -> bool:
    """Whether nobody could take it for a frame."""
    try:
        return isinstance(frame, bytes) or not isinstance(json.loads(frame)["type"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        return True


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def page(server: Served, place: Installation) -> Iterator[ClientConnection]:
    with _page(server, place.people[0]) as socket:
        yield socket


def _page(server: Served, person: Person) -> ClientConnection:
    return connect(
        server.url.replace("http", "ws", 1) + "/ws/chat/",
        additional_headers={"Cookie": f"sessionid={person.cookie}"},
        origin=server.url, compression=None, ping_interval=None,  # type: ignore[arg-type]  # a NewType of str
    )  # fmt: skip


def _thorough(examples: int) -> Any:
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, database=None, suppress_health_check=slow)


def test_hostile_frames_and_requests_are_answered(
    place: Installation, server: Served, page: ClientConnection, fast: bool
) -> None:
    examples = 40 if fast else 5000
    person, answers = place.people[0], Counter[str]()
    log_before = place.log.read_text()

    ids = [*_asked(page, person), str(uuid4())]

    @_thorough(int(examples * SHARE))
    @given(_frames(ids, person))
    def frames(frame: str | bytes) -> None:
        page.send(frame)
        page.send('{"type":"ping","ref":"still here"}')
        codes = set()
        while (answer := json.loads(page.recv(timeout=30))) != {"type": "pong", "ref": "still here"}:
            answers[answer["type"]] += 1
            codes.add(answer.get("code"))
        assert not _is_no_frame(frame) or codes & BAD_FRAME, (frame, codes)

    @_thorough(int(examples * (1 - SHARE)))
    @given(
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"]),
        st.sampled_from([*_paths(get_resolver()), *MORE_PATHS])
        | st.text(max_size=40).map(lambda text: f"/{text}"),
        st.sampled_from([*ids, "0", "%00", "../etc", "{}"]),
        st.binary(max_size=200) | _json.map(_dumped).map(lambda text: text.encode("utf-8", "replace")),
        st.sampled_from(
            ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
        ),
    )
    def requests(method: str, path: str, one: str, body: bytes, kind: str) -> None:
        headers = {"Content-Type": kind, "X-CSRFToken": CSRF}
        with suppress(httpx.InvalidURL, UnicodeError):
            answer = browser.request(method, path.replace("{id}", one), content=body, headers=headers)
            assert answer.status_code < 500, (method, path, body, answer.text[:500])
            answers[str(answer.status_code)] += 1

    cookies = {"sessionid": person.cookie, "csrftoken": CSRF}
    frames()
    with httpx.Client(base_url=server.url, cookies=cookies, trust_env=False, timeout=30) as browser:
        requests()
    for line in RAW:
        _send_raw(server, line)
    codes = [_code_after(server, person, broken) for broken in BROKEN]
    trouble = place.log.read_text().removeprefix(log_before)
    assert re.findall(r"^\d.* (?:ERROR|CRITICAL) .*", trouble, re.MULTILINE) == []
    assert all(code in range(1000, 5000) for code in codes)
    told = ", ".join(f"{count} × {kind}" for kind, count in sorted(answers.items()))
    total = examples + len(RAW) + len(BROKEN)
    record(
        f"{total:,} malformed or hostile frames and requests",
        f"0 × 500, 0 sockets without a code ({told})",
        fast=fast,
    )


def _asked(page: ClientConnection, person: Person) -> list[str]:
    """The ids of a conversation that is there, of its message and of its answer."""
    conversation, client_id = str(uuid4()), str(uuid4())
    frame = {"type": "send", "conversation": conversation, "client_id": client_id, "session": person.session}
    page.send(json.dumps({**frame, "text": "/simulate cut 5", "model": MODEL}))
    while (answer := json.loads(page.recv(timeout=30)))["type"] != "ack":
        pass
    return [conversation, client_id, answer["generation"], answer["message"]]


def _send_raw(server: Served, line: bytes) -> None:
    """The server answers below 500, or closes; either way it lives."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        wire.sendall(line)
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(65536)
    assert answer == b"" or int(answer.split()[1]) < 500, answer


def _code_after(server: Served, person: Person, broken: bytes) -> int:
    """The code with which the server closes after bytes that are no frame (RFC 6455 section 7.4)."""
    with _page(server, person) as page:
        page.socket.sendall(broken)
        with pytest.raises(ConnectionClosed) as closed:
            _read_on(page)
    return closed.value.rcvd.code if closed.value.rcvd else 0


def _read_on(page: ClientConnection) -> None:
    while True:
        page.recv(timeout=10)
