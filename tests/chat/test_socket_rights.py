"""Who may use the websocket for what, and what it does with frames that are none."""

from __future__ import annotations

import uuid
from typing import get_args

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from chat.models import Generation
from chat.protocol import ClientFrame
from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from tests.chat.page import Page, cookie_of, open_page
from tests.chat.stored import wait_for_status
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_strangers_are_answered_as_if_nothing_were_there(
    owner: User, stranger: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page, open_page(stranger) as other:
        ack = await page.ask(session)
        await wait_for_status(ack["generation"], "complete")
        for kind in ("attach", "stop"):
            await other.send(type=kind, ref=kind, generation=ack["generation"])
            assert (await other.receive_type("error"))["code"] == "not_found"
        await other.send(type="detach", generation=ack["generation"])
        assert (await other.ask(session))["code"] == "session_unavailable"
        refused = await other.ask(session, conversation=ack["conversation"])
        assert refused["code"] == "not_found"
        for kind in ("show", "remove"):
            assert (await other.do(kind, message=ack["message"], count=1))["code"] == "not_found"
        refused = await other.do("settings", conversation=ack["conversation"], change={"effort": "low"})
        assert refused["code"] == "not_found"
        assert not [frame for frame in other.kept if frame["type"] in {"started", "status", "conversation"}]


PAYER = '{"session":"7f000001-0000-4000-8000-000000000000"}'
SETTINGS = '{"type":"settings","conversation":"7f000001-0000-4000-8000-000000000000","change":%s}'


def _compare(payers: str) -> str:
    ids = '"conversation":"7f000001-0000-4000-8000-000000000001","client_id":"7f000001-0000-4000-8000-000000000002"'
    return f'{{"type":"compare",{ids},"text":"Hi","payers":{payers}}}'


BAD_FRAMES = [
    ("", "bad_json"),
    ("{", "bad_json"),
    ('{"type":"ping","ref":"\\ud800"}', "bad_json"),
    ("[]", "bad_frame"),
    ("null", "bad_frame"),
    ("{}", "bad_frame"),
    ('{"type":7}', "bad_frame"),
    ('{"type":"dance","ref":"r"}', "unknown_type"),
    ('{"type":"attach","generation":"nobody"}', "bad_frame"),
    ('{"type":"attach","generation":"7f000001-0000-4000-8000-000000000000","after_seq":-1}', "bad_frame"),
    ('{"type":"attach","generation":"7f000001-0000-4000-8000-000000000000","after_seq":1e99}', "bad_frame"),
    ('{"type":"attach","generation":"7f000001-0000-4000-8000-000000000000"}', "not_found"),
    ('{"type":"send"}', "bad_frame"),
    ('{"type":"look","conversation":"7f000001-0000-4000-8000-000000000000"}', "not_found"),
    ('{"type":"queue_edit","conversation":"7f000001-0000-4000-8000-000000000000"}', "bad_frame"),
    ('{"type":"again","how":"dance"}', "bad_frame"),
    ('{"type":"show","message":"7"}', "not_found"),
    ('{"type":"show","message":"seven"}', "not_found"),
    ('{"type":"show"}', "bad_frame"),
    ('{"type":"remove","message":"7","count":1}', "not_found"),
    ('{"type":"remove","message":"7","count":-1}', "bad_frame"),
    ('{"type":"remove","message":"","count":0}', "not_found"),
    ('{"type":"pick","message":"7"}', "not_found"),
    ('{"type":"pick","message":"seven"}', "not_found"),
    ('{"type":"pick","message":7}', "bad_frame"),
    *(
        (_compare(payers), "bad_frame")
        for payers in ("null", "[]", f"[{PAYER}]", f"[{','.join([PAYER] * 5)}]", "[1,2]", "{}")
    ),
    (_compare(f"[{PAYER},{PAYER}]"), "session_unavailable"),
    (SETTINGS % "[]", "bad_frame"),
    (SETTINGS % '{"colour":1}', "bad_frame"),
    (SETTINGS % '{"effort":1}', "bad_frame"),
    (SETTINGS % '{"temperature":"hot"}', "bad_frame"),
    (SETTINGS % '{"max_tokens":1.5}', "bad_frame"),
    (SETTINGS % "{}", "not_found"),
    ('{"type":"ping","ref":"' + "x" * 65 + '"}', "bad_frame"),
    ('{"type":"ping","ref":"' + "x" * 65_536 + '"}', "too_large"),
    ("[" * 60_000, "bad_frame"),
]


async def test_a_bad_frame_gets_an_error_and_the_socket_stays(owner: User, running: Runner) -> None:
    async with open_page(owner) as page:
        for text, code in BAD_FRAMES:
            await page.socket.send_input({"type": "websocket.receive", "text": text})
            assert (await page.receive_type("error"))["code"] == code, text[:80]
        await page.socket.send_to(bytes_data=b"\x00\xff")
        assert (await page.receive_type("error"))["code"] == "bad_frame"
        await _still_answers(page)


async def _still_answers(page: Page) -> None:
    await page.send(type="ping", ref="alive")
    await page.receive(lambda frame: (frame["type"], frame.get("ref")) == ("pong", "alive"))


async def test_any_json_is_answered(owner: User, running: Runner) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
    types = st.sampled_from([*(kind.__struct_config__.tag for kind in get_args(ClientFrame)), "x"])
    fields = st.sampled_from(
        [
            "ref",
            "generation",
            "after_seq",
            "conversation",
            "client_id",
            "text",
            "session",
            "message",
            "how",
            "after",
            "payers",
            "replaces",
            "count",
            "change",
            "settings",
            "attachments",
        ]
    )
    frames = st.builds(
        lambda kind, rest: {**rest, "type": kind}, types, st.dictionaries(fields, values, max_size=5)
    )
    found: list[dict[str, object]] = []

    @given(frames)
    @hypothesis_settings(
        max_examples=90,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def collect(frame: dict[str, object]) -> None:
        found.append(frame)

    collect()
    async with open_page(owner) as page:
        for frame in found:
            await page.send(**frame)
        await _still_answers(page)
    assert len(found) >= 50


async def test_nobody_is_closed_with_4401(db: None, running: Runner) -> None:
    async with open_page(None) as page:
        assert await page.closed() == 4401
        assert page.kept[0]["code"] == "signed_out"


CHANGES = pytest.mark.parametrize("change", ["logout", "password", "deactivation"])


@CHANGES
async def test_a_page_that_only_listens_is_closed_when_its_login_ends(
    owner: User, running: Runner, change: str
) -> None:
    cookie = await in_thread(cookie_of, owner)
    async with open_page(owner, cookie=cookie) as page:
        await page.receive_type("ready")
        await in_thread(end_login, owner, cookie, change)
        assert await page.closed() == 4401


@CHANGES
async def test_no_frame_is_accepted_after_the_login_has_ended(
    owner: User, session: ProviderSession, patient: Runner, change: str
) -> None:
    cookie = await in_thread(cookie_of, owner)
    async with open_page(owner, cookie=cookie) as page:
        await page.receive_type("ready")
        await in_thread(end_login, owner, cookie, change)
        await page.send(
            type="send", conversation=uuid.uuid4(), client_id=uuid.uuid4(), text="Hi", session=session.pk
        )
        assert await page.closed() == 4401
        assert [frame["code"] for frame in page.kept] == ["signed_out"]
    assert await in_thread(Generation.objects.count) == 0


def end_login(user: User, cookie: str, change: str) -> None:
    match change:
        case "logout":
            Session.objects.filter(session_key=cookie).delete()
        case "password":
            user.set_password("another horse battery")
            user.save()
        case _:
            User.objects.filter(pk=user.pk).update(is_active=False)


async def test_a_sixth_page_is_refused(owner: User, running: Runner, settings: Settings) -> None:
    settings.MAESTRO_MAX_SOCKETS_PER_USER = 2
    async with open_page(owner), open_page(owner), open_page(owner) as third:
        assert await third.closed() == 4429
    await until(lambda: running.hub.sockets_of(owner.pk) == 0)
    async with open_page(owner) as page:
        await page.receive_type("ready")
