"""Files of messages: taken in, sent in each vendor's own form, given to their owner alone, removed when nobody needs them."""

from __future__ import annotations

import base64
import json
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat import uploads
from chat.models import Attachment, Conversation, Message, QueuedMessage
from chat.parts import AttachmentPart, attachments_of
from chat.runner import Runner
from chat.services import announcements, comparing, errors, generations, history, release, thread, uploading
from chat.services import queue as waiting
from chat.services.comparing import NewComparison, Wanted
from chat.services.file_names import clean_name
from chat.services.unused_files import remove_unused
from chat.threads import in_thread
from providers.messages import DocumentPart, ImagePart, TextPart
from sessions_app.models import ProviderSession
from sessions_app.services import catalog
from tests.chat.conftest import session_of
from tests.chat.page import open_page
from tests.chat.rows import new_message, queue
from tests.chat.stored import wait_for_status
from tests.chat.test_changing_vendors import _session as session_at
from tests.providers.contract.wirings import WIRINGS
from tests.support.simulator import RunningSimulator
from tests.support.uploads import GOOD, hostile, png, sample

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = hostile()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A data folder of its own, with nothing in it."""
    settings.MAESTRO_DATA_DIR = tmp_path
    return tmp_path / "uploads"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, data: bytes, name: str = "a.png") -> Any:
    return client.post(
        reverse("chat:upload") + "?name=" + name, data, content_type="application/octet-stream"
    )


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if path.is_file()]


def stored(owner: User, name: str = "drawing.png", data: bytes | None = None) -> Attachment:
    return uploading.store(owner, name=name, data=sample(name) if data is None else data)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_is_taken_by_what_it_is_and_given_back(owner: User, folder: Path, name: str) -> None:
    client = signed_in(owner)
    answer = upload(client, sample(name), name)
    assert answer.status_code == 201
    taken = answer.json()
    assert (taken["name"], taken["media_type"], taken["size"]) == (name, GOOD[name], len(sample(name)))
    [path] = files_in(folder)
    assert (path.name, path.stat().st_mode & 0o777) == (uploads.digest_of(sample(name)), 0o600)
    assert folder.stat().st_mode & 0o077 == 0
    given = client.get(reverse("chat:attachment", args=[taken["id"]]))
    assert (given.content, given["Content-Type"]) == (sample(name), GOOD[name])


def test_a_browser_is_told_neither_to_guess_nor_to_run_it(owner: User) -> None:
    client = signed_in(owner)
    image, letter = stored(owner), stored(owner, "letter.pdf")
    given = client.get(reverse("chat:attachment", args=[image.pk]))
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]
    assert "default-src 'none'" in given["Content-Security-Policy"]
    assert "script" not in given["Content-Security-Policy"]
    assert given["Content-Disposition"] == 'inline; filename="drawing.png"'
    assert given["Cache-Control"] == "private, no-cache"
    assert given["Cross-Origin-Resource-Policy"] == "same-origin"
    saved = client.get(reverse("chat:attachment", args=[letter.pk]))
    assert saved["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    again = client.get(reverse("chat:attachment", args=[image.pk]), headers={"If-None-Match": given["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_with_a_sentence_and_leaves_nothing(
    owner: User, folder: Path, name: str
) -> None:
    data, words = HOSTILE[name]
    answer = upload(signed_in(owner), data, name)
    assert (answer.status_code, answer.json()["code"]) == (415, "file_refused")
    assert words in answer.json()["message"]
    assert not Attachment.objects.exists()
    assert files_in(folder) == []


def test_the_sender_decides_neither_type_nor_place(owner: User, folder: Path) -> None:
    client = signed_in(owner)
    answer = client.post(
        reverse("chat:upload") + "?name=..%2F..%2Fetc%2Fpass%00wd.html",
        sample("photo.jpg"),
        content_type="text/html",
    )
    assert (answer.json()["name"], answer.json()["media_type"]) == ("passwd.html.jpg", "image/jpeg")
    assert len(files_in(folder)) == 1


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("photo.JPEG", "photo.JPEG"),
        ("C:\\fakepath\\a b.jpg", "a b.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        (".jpg", "file.jpg"),
        ("gpj.\u202eexe", "gpj.exe.jpg"),
        ("<img src=x>", "img src=x.jpg"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
        ("äöü 写真.jpg", "äöü 写真.jpg"),
    ],
)
def test_names_are_kept_as_far_as_they_mislead_nobody(name: str, clean: str) -> None:
    assert clean_name(name, "image/jpeg") == clean


def test_forms_are_no_files(owner: User) -> None:
    answer = signed_in(owner).post(reverse("chat:upload"), {"file": "x"})
    assert (answer.status_code, answer.json()["code"]) == (415, "file_refused")


def test_each_limit_is_named_one_over(owner: User, folder: Path, settings: Settings) -> None:
    client = signed_in(owner)
    data = sample("photo.jpg")
    settings.MAESTRO_MAX_FILE_BYTES = len(data)
    assert upload(client, data).status_code == 201
    settings.MAESTRO_MAX_FILE_BYTES = len(data) - 1
    answer = upload(client, data)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    settings.MAESTRO_MAX_FILE_BYTES = 10_000_000
    assert "10.0 MB" in upload(client, b"\0" * 10_000_001).json()["message"]
    settings.MAESTRO_MAX_STORED_BYTES_PER_USER = 2 * len(data) - 1
    answer = upload(client, data)
    assert (answer.status_code, answer.json()["code"]) == (413, "storage_full")
    settings.MAESTRO_UPLOADS_PER_MINUTE = 1
    answer = upload(client, data)
    assert (answer.status_code, answer.json()["code"]) == (429, "limit_rate")
    assert answer.json()["retry_at"]
    settings.MAESTRO_MAX_IMAGE_SIDE = 159
    settings.MAESTRO_UPLOADS_PER_MINUTE = 9
    assert "159" in upload(client, data).json()["message"]
    assert Attachment.objects.count() == 1


def test_a_disk_that_takes_nothing_is_said(owner: User, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    answer = upload(signed_in(owner), sample("photo.jpg"))
    assert (answer.status_code, answer.json()["code"]) == (507, "not_stored")
    assert not Attachment.objects.exists()


def test_a_file_is_its_owners_alone(owner: User, stranger: User, session: ProviderSession) -> None:
    mine = stored(owner)
    assert signed_in(stranger).get(reverse("chat:attachment", args=[mine.pk])).status_code == 404
    theirs = session_of(stranger, "theirs", "sk-sim-test-key-0003")
    with pytest.raises(errors.FileGone):
        generations.start(stranger, new_message(theirs, attachments=(mine.pk,)))
    assert not Message.objects.exists()


def test_rows_stay_small_and_the_request_has_the_bytes(owner: User, session: ProviderSession) -> None:
    image, letter = stored(owner), stored(owner, "letter.pdf")
    started = queue(owner, session, "What is this?", attachments=(letter.pk, image.pk, letter.pk))
    assert started.user_message is not None
    assert len(started.user_message.parts_json) < 600
    assert [part.id for part in attachments_of(started.user_message.parts)] == [letter.pk, image.pk]
    [turn] = history.build_request(started.generation).messages
    document, picture, text = turn.parts
    assert isinstance(document, DocumentPart)
    assert (base64.b64decode(document.data), document.title) == (sample("letter.pdf"), "letter.pdf")
    assert isinstance(picture, ImagePart)
    assert base64.b64decode(picture.data) == sample("drawing.png")
    assert text == TextPart(text="What is this?")


def test_files_alone_are_a_message_that_names_its_conversation(owner: User, session: ProviderSession) -> None:
    started = queue(owner, session, " ", attachments=(stored(owner).pk,))
    assert started.conversation.title == "drawing.png"
    [turn] = history.build_request(started.generation).messages
    assert [type(part) for part in turn.parts] == [ImagePart]
    with pytest.raises(errors.PromptEmpty):
        queue(owner, session, " ")


def test_too_many_files_are_refused_with_the_number(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_MAX_FILES = 1
    files = (stored(owner).pk, stored(owner, "photo.jpg").pk)
    with pytest.raises(errors.TooManyFiles, match="may have 1 files"):
        queue(owner, session, attachments=files)
    assert queue(owner, session, attachments=files[:1])


def test_all_files_of_a_conversation_count_because_all_are_sent(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    image = stored(owner)
    settings.MAESTRO_MAX_FILES_BYTES = 2 * image.size
    first = queue(owner, session, attachments=(image.pk,))
    generations.stop(owner.pk, first.generation.pk)
    here = {"conversation_id": first.conversation.pk}
    second = queue(owner, session, attachments=(stored(owner).pk,), **here)
    generations.stop(owner.pk, second.generation.pk)
    with pytest.raises(errors.TooManyFiles, match="With this message the conversation has"):
        queue(owner, session, attachments=(stored(owner, data=png()).pk,), **here)
    assert queue(owner, session, "Only words", **here)


@pytest.mark.parametrize("wiring", list(WIRINGS))
async def test_every_wire_carries_images_and_pdfs(
    simulator: RunningSimulator, settings: Settings, running: Runner, owner: User, wiring: str
) -> None:
    chosen = WIRINGS[wiring]
    settings.MAESTRO_PROVIDERS = {chosen.provider: chosen.settings(simulator.url)}
    session = await in_thread(session_at, owner, chosen)
    names = ("photo.jpg", "drawing.png", "photo.webp", "letter.pdf")
    files = [(await in_thread(stored, owner, name)).pk for name in names]
    async with open_page(owner) as page:
        ack = await page.ask(session, "What are these?", attachments=files)
        await wait_for_status(ack["generation"], "complete")
    [asked] = [
        one for one in simulator.state.requests if one.path.startswith("/") and b"What are these?" in one.body
    ]
    sent = asked.body.decode()
    for name in names:
        assert base64.b64encode(sample(name)).decode() in sent, name
        assert GOOD[name] in sent, name


async def test_files_stay_with_retries_other_wordings_and_later_messages(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    encoded = base64.b64encode(sample("drawing.png"))
    file = await in_thread(stored, owner)
    async with open_page(owner) as page:
        ack = await page.ask(session, attachments=[file.pk])
        began = await page.receive(lambda one: one["type"] == "started")
        assert began["user_message"]["attachments"][0]["name"] == "drawing.png"
        conversation = ack["conversation"]
        asks: list[tuple[str, dict[str, Any]]] = [
            ("send", {"text": "And now?", "conversation": conversation}),
            ("again", {"message": ack["message"], "how": "retry"}),
            ("send", {"text": "Other words", "conversation": conversation, "replaces": ack["user_message"]}),
        ]
        for kind, fields in asks:
            await wait_for_status(ack["generation"], "complete")
            ack = await page.do(kind, **{"client_id": uuid.uuid4(), "session": session.pk, **fields})
            assert ack["type"] == "ack", ack
            await wait_for_status(ack["generation"], "complete")
            assert encoded in upstream.state.requests[-1].body, kind
        without = {
            "text": "No file",
            "conversation": conversation,
            "replaces": ack["user_message"],
            "attachments": [],
        }
        ack = await page.do("send", client_id=uuid.uuid4(), session=session.pk, **without)
        await wait_for_status(ack["generation"], "complete")
        assert encoded not in upstream.state.requests[-1].body


def test_a_waiting_message_keeps_its_files(owner: User, session: ProviderSession) -> None:
    first = queue(owner, session)
    file, client_id = stored(owner), uuid.uuid4()
    here = {"conversation_id": first.conversation.pk, "client_id": client_id}
    generations.start(owner, new_message(session, "Look", attachments=(file.pk,), **here))
    waiting.edit(owner, first.conversation.pk, client_id, "Look here")
    state = announcements.frame_of(first.conversation)
    assert [one.name for one in state.queue[0].attachments] == ["drawing.png"]
    assert list(QueuedMessage.objects.get().attachments.all()) == [file]
    generations.stop(owner.pk, first.generation.pk)
    waiting.send_now(owner, first.conversation.pk, client_id)
    released = release.release(first.conversation.pk)
    assert released is not None
    assert released.started is not None
    assert released.started.user_message is not None
    sent = Message.objects.get(pk=released.started.user_message.pk)
    assert list(sent.attachments.all()) == [file]
    assert sent.text == "Look here"


def test_all_columns_of_a_comparison_get_the_files(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    file = stored(owner)
    payers = [Wanted(session_id=one.pk) for one in (session, other_session)]
    new = NewComparison(
        conversation_id=uuid.uuid4(), client_id=uuid.uuid4(), text="", wanted=payers, attachments=(file.pk,)
    )
    compared = comparing.compare(owner, new)
    for column in compared.comparison.columns:
        [turn] = history.build_request(column.newest.generation).messages
        assert isinstance(turn.parts[0], ImagePart)


def test_a_model_that_takes_no_pdfs_is_named_before_anything_is_sent(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    letter = stored(owner, "letter.pdf")
    small = {"model": "simulator-small", "attachments": (letter.pk,)}
    assert queue(owner, session, **small), "what is unknown is tried"
    catalog.list_models(session)
    with pytest.raises(errors.FileNotTaken, match="Simulator Small takes no PDFs"):
        queue(owner, session, **small)
    payers = [Wanted(session_id=session.pk, model=model) for model in ("simulator-large", "simulator-small")]
    new = NewComparison(
        conversation_id=uuid.uuid4(), client_id=uuid.uuid4(), text="", wanted=payers, attachments=(letter.pk,)
    )
    with pytest.raises(errors.FileNotTaken, match="personal_claude: Simulator Small"):
        comparing.compare(owner, new)


def test_a_later_model_that_takes_no_pdfs_is_told_that_there_was_one(
    owner: User, session: ProviderSession
) -> None:
    first = queue(owner, session, "Read", attachments=(stored(owner, "letter.pdf").pk,))
    generations.stop(owner.pk, first.generation.pk)
    catalog.list_models(session)
    later = queue(owner, session, "And?", model="simulator-small", conversation_id=first.conversation.pk)
    asked = history.build_request(later.generation).messages[0].parts
    assert asked[0] == TextPart(text="[The PDF “letter.pdf” was left out: this model takes none.]")


def test_a_file_that_is_lost_on_the_disk_loses_no_conversation(
    owner: User, session: ProviderSession, folder: Path
) -> None:
    started = queue(owner, session, attachments=(stored(owner).pk,))
    for path in files_in(folder):
        path.unlink()
    [turn] = history.build_request(started.generation).messages
    assert turn.parts[0] == TextPart(text="[The image “drawing.png” is lost.]")
    file = Attachment.objects.get()
    assert signed_in(owner).get(reverse("chat:attachment", args=[file.pk])).status_code == 404


def test_the_thread_shows_the_files_of_old_messages(owner: User, session: ProviderSession) -> None:
    file = stored(owner)
    started = queue(owner, session, "Look", attachments=(file.pk,))
    asked = thread.messages_of(started.conversation)[0]
    assert (asked.text, [one.id for one in asked.attachments]) == ("Look", [file.pk])
    page = signed_in(owner).get(reverse("chat:conversation", args=[started.conversation.pk])).content.decode()
    assert reverse("chat:attachment", args=[file.pk]) in page


def later(days: int = 2) -> Any:
    return timezone.now() + timedelta(days=days)


def age(folder: Path) -> None:
    for path in files_in(folder):
        os.utime(path, (0, 0))


def test_only_what_no_message_has_is_removed(owner: User, session: ProviderSession, folder: Path) -> None:
    sent, unsent, queued = stored(owner), stored(owner, "photo.jpg"), stored(owner, "letter.pdf")
    first = queue(owner, session, attachments=(sent.pk,))
    here = {"conversation_id": first.conversation.pk}
    generations.start(owner, new_message(session, attachments=(queued.pk,), **here))
    age(folder)
    assert remove_unused(now=timezone.now(), kept_for=DAY) == 0, "it may still be sent"
    assert remove_unused(now=later(), kept_for=DAY) == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {sent.pk, queued.pk}
    assert uploads.read(unsent.digest) is None
    Message.objects.filter(pk=first.user_message.pk if first.user_message else 0).delete()
    assert remove_unused(now=later(), kept_for=DAY) == 1
    Conversation.objects.all().delete()
    assert remove_unused(now=later(), kept_for=DAY) == 1
    assert (Attachment.objects.count(), files_in(folder)) == (0, [])


def test_content_that_two_share_stays_while_one_needs_it(
    owner: User, stranger: User, session: ProviderSession, folder: Path
) -> None:
    queue(owner, session, attachments=(stored(owner).pk,))
    stored(stranger)
    assert len(files_in(folder)) == 1
    age(folder)
    assert remove_unused(now=later(), kept_for=DAY) == 0
    assert Attachment.objects.get().owner == owner
    assert len(files_in(folder)) == 1


def test_a_young_file_without_a_row_is_left_alone(folder: Path, db: None) -> None:
    digest = uploads.keep(b"being uploaded")
    assert remove_unused(now=timezone.now(), kept_for=DAY) == 0
    age(folder)
    assert remove_unused(now=timezone.now(), kept_for=DAY) == 1
    assert uploads.read(digest) is None


def test_a_file_whose_row_comes_while_it_is_being_removed_stays(folder: Path, db: None) -> None:
    digest = uploads.keep(b"uploaded again")
    assert uploads.remove(digest, is_needed=lambda: True) is False
    assert uploads.read(digest) == b"uploaded again"

    def uploaded_meanwhile() -> bool:
        uploads.keep(b"uploaded again")  # what an upload does after it has stored its row
        return False

    assert uploads.remove(digest, is_needed=uploaded_meanwhile) is True
    assert uploads.read(digest) == b"uploaded again"


def test_what_dead_processes_left_is_cleared_up(folder: Path, db: None) -> None:
    digest = uploads.keep(b"needed")
    path = uploads.path_of(digest)
    path.rename(path.with_name(path.name + ".going"))
    path.with_name("tmpabc").write_bytes(b"half a fi")
    uploads.clear_leftovers(before=0)
    assert uploads.read(digest) is None, "somebody may be at it"
    uploads.clear_leftovers(before=timezone.now().timestamp() + 60)
    assert uploads.read(digest) == b"needed"
    assert [one.name for one in files_in(folder)] == [digest]


def test_the_parts_that_are_stored_are_never_sent_as_they_are(owner: User, session: ProviderSession) -> None:
    started = queue(owner, session, attachments=(stored(owner).pk,))
    request = history.build_request(started.generation)
    assert not any(isinstance(part, AttachmentPart) for turn in request.messages for part in turn.parts)
    assert (
        "attachment"
        in json.loads(started.user_message.parts_json if started.user_message else "[]")[0]["type"]
    )
