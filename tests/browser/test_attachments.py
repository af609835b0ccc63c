"""Files in the composer: chosen, pasted and dropped; shown, sent, refused with a sentence, and nothing of the draft lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.steps import Tab
from tests.browser.test_drawer import choose_model
from tests.support.uploads import GOOD, SAMPLES, hostile, sample

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
HOSTILE = {name: case for name, case in hostile().items() if case[0]}
# Real bytes in a real event, as from the clipboard or the desk.
GIVE = """([kind, files, text]) => {
  const data = new DataTransfer();
  for (const [name, type, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  if (text) data.setData("text/plain", text);
  const options = { bubbles: true, cancelable: true };
  if (kind === "paste") {
    const event = new ClipboardEvent("paste", { clipboardData: data, ...options });
    return document.getElementById("prompt").dispatchEvent(event);
  }
  for (const step of ["dragenter", "dragover", "drop"]) {
    document.getElementById("thread").dispatchEvent(new DragEvent(step, { dataTransfer: data, ...options }));
  }
}"""


def give(tab: Tab, kind: str, *names: str, text: str = "") -> None:
    files = [[name, GOOD[name], base64.b64encode(sample(name)).decode()] for name in names]
    tab.page.evaluate(GIVE, [kind, files, text])


def chips(tab: Tab) -> Locator:
    return tab.page.locator("#files .chip")


def choose(tab: Tab, *names: str) -> None:
    tab.page.set_input_files("#file-input", [SAMPLES / name for name in names])
    expect(chips(tab)).to_have_count(len(names))
    expect(tab.page.locator("#files [data-uploading]")).to_have_count(0)


def test_chosen_files_are_shown_sent_and_seen_on_every_page(new_tab: NewTab) -> None:
    tab = new_tab().open()
    choose(tab, "drawing.png", "letter.pdf")
    expect(chips(tab).first.locator("img")).to_be_visible()
    expect(chips(tab).first).to_contain_text("drawing.png")
    expect(chips(tab).last).to_contain_text("12 kB")
    tab.ask_to_the_end("What is the capital of France?")
    expect(chips(tab)).to_have_count(0)
    sent = tab.page.locator("#messages .you .file")
    expect(sent).to_have_count(2)
    other = new_tab().open(tab.page.url.removeprefix(tab.url))
    for one in (tab, other):
        picture = one.page.locator("#messages .you .file img")
        expect(picture).to_be_visible()
        size = picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
        assert size == 120
    with tab.page.context.expect_page() as opened:
        sent.first.click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{tab.url}/chat/attachments/")
    with other.page.expect_download() as saved:
        other.page.locator("#messages .you .file").last.click()
    assert saved.value.suggested_filename == "letter.pdf"
    assert Path(saved.value.path()).read_bytes() == sample("letter.pdf")


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_files_that_are_pasted_or_dropped_are_sent(new_tab: NewTab, kind: str) -> None:
    tab = new_tab().open()
    give(tab, kind, "photo.jpg", "photo.webp")
    expect(chips(tab)).to_have_count(2)
    expect(tab.page.locator("#files img")).to_have_count(2)
    tab.page.click("#send")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    expect(tab.page.locator("#messages .you .file img")).to_have_count(2)
    expect(tab.page.locator("#title")).to_have_text("photo.jpg, photo.webp")


def test_text_that_brings_a_picture_of_itself_is_pasted_as_text(new_tab: NewTab) -> None:
    tab = new_tab().open()
    give(tab, "paste", "drawing.png", text="A table")
    expect(chips(tab)).to_have_count(0)


def test_a_file_is_taken_away_with_its_button_and_the_keyboard(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.page.fill("#prompt", "Hello")
    choose(tab, "drawing.png")
    tab.page.get_by_role("button", name="Remove drawing.png").press("Enter")
    expect(chips(tab)).to_have_count(0)
    expect(tab.page.locator("#prompt")).to_be_focused()
    expect(tab.page.locator("#prompt")).to_have_value("Hello")


def test_hostile_files_are_refused_in_words_and_the_draft_stays(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.expected = re.compile("status of 415")
    tab.page.fill("#prompt", "Look at this")
    choose(tab, "drawing.png")
    for name, (data, words) in HOSTILE.items():
        tab.page.set_input_files("#file-input", {"name": name, "mimeType": "image/png", "buffer": data})
        bar = tab.page.locator(f"[data-trouble='file:{name}']")
        expect(bar).to_contain_text(f"{name} was not attached.")
        expect(bar).to_contain_text(words)
        bar.get_by_role("button", name="Close").click()
    tab.page.set_input_files("#file-input", {"name": "empty.png", "mimeType": "image/png", "buffer": b""})
    expect(tab.page.locator("[data-trouble='file:empty.png']")).to_contain_text("The file is empty.")
    expect(chips(tab)).to_have_count(1)
    expect(tab.page.locator("#prompt")).to_have_value("Look at this")


def test_limits_are_checked_before_anything_is_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    uploads: list[str] = []
    tab.page.on(
        "request", lambda request: uploads.append(request.url) if "/attachments/" in request.url else None
    )
    large = {"name": "large.png", "mimeType": "image/png", "buffer": b"\x89PNG" + bytes(10_000_000)}
    tab.page.set_input_files("#file-input", large)
    expect(tab.page.locator("[data-trouble='file:large.png']")).to_contain_text("at most 10 MB")
    assert uploads == []
    tab.page.set_input_files("#file-input", [SAMPLES / "drawing.png"] * 11)
    expect(chips(tab)).to_have_count(10)
    expect(tab.page.locator("[data-trouble='file:drawing.png']")).to_contain_text("may have 10 files")


def test_an_upload_shows_how_far_it_is_and_can_be_stopped(new_tab: NewTab) -> None:
    tab = new_tab().open()
    held: list[Route] = []
    tab.page.route("**/chat/attachments/?name=*", lambda route: held.append(route))
    tab.page.fill("#prompt", "Hello")
    tab.page.set_input_files("#file-input", SAMPLES / "photo.jpg")
    expect(chips(tab)).to_have_count(1)
    expect(tab.page.locator("#send")).to_be_disabled()
    expect(tab.page.locator("#send")).to_have_attribute("aria-label", "Wait for the files")
    tab.page.get_by_role("button", name="Remove photo.jpg").click()
    expect(chips(tab)).to_have_count(0)
    expect(tab.page.locator("#send")).to_be_enabled()
    expect(tab.page.locator("#trouble")).to_be_empty()
    for route in held:
        route.abort()


def test_a_lost_upload_says_so_and_keeps_the_text(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.expected = re.compile("ERR_FAILED")
    tab.page.route("**/chat/attachments/?name=*", lambda route: route.abort())
    tab.page.fill("#prompt", "Hello")
    tab.page.set_input_files("#file-input", SAMPLES / "photo.jpg")
    expect(tab.page.locator("[data-trouble='file:photo.jpg']")).to_contain_text("server cannot be reached")
    expect(tab.page.locator("#prompt")).to_have_value("Hello")


def test_a_model_that_takes_no_pdfs_is_named_before_sending(new_tab: NewTab) -> None:
    tab = new_tab().open()
    choose(tab, "letter.pdf")
    bar = tab.page.locator("[data-trouble='files-model']")
    expect(bar).to_have_count(0)
    choose_model(tab, "Simulator Small")
    expect(bar).to_contain_text("Simulator Small takes no PDFs.")
    tab.page.fill("#prompt", "Read it")
    tab.page.press("#prompt", "Enter")
    expect(tab.page.locator("[data-trouble='refused']")).to_contain_text("takes no PDFs")
    expect(tab.page.locator("#prompt")).to_have_value("Read it")
    expect(chips(tab)).to_have_count(1)
    choose_model(tab, "Simulator Large")
    expect(bar).to_have_count(0)
    tab.page.click("#send")
    expect(tab.page.locator("#messages .you .file")).to_have_count(1)


def test_files_of_a_draft_are_there_after_a_reload(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.page.fill("#prompt", "Look")
    choose(tab, "drawing.png")
    tab.page.reload()
    expect(chips(tab)).to_have_count(1)
    expect(tab.page.locator("#prompt")).to_have_value("Look")
    expect(chips(tab).locator("img")).to_be_visible()


def test_a_waiting_message_names_its_files(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask("Write something long.\n/simulate pace 20\n/simulate length 4000")
    choose(tab, "drawing.png")
    tab.page.fill("#prompt", "And this?")
    tab.page.press("#prompt", "Enter")
    row = tab.page.locator("#queue-rows .queued")
    expect(row).to_contain_text("drawing.png")
    row.get_by_role("button", name=re.compile("send now", re.IGNORECASE)).click()
    expect(tab.page.locator("#messages .you .file")).to_have_count(1)


def test_chips_and_pictures_fit_a_phone(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    choose(tab, "drawing.png", "letter.pdf", "photo.jpg")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.page.evaluate(wide) == 0
    small = "[...document.querySelectorAll('#files button, #attach')].map((one) => one.getBoundingClientRect()).some((box) => box.width < 44 || box.height < 44)"
    assert not tab.page.evaluate(small)
    tab.page.tap("#send")
    expect(tab.page.locator("#messages .you .file")).to_have_count(3)
    assert tab.page.evaluate(wide) == 0
