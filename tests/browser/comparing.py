"""What a person does to compare, and where its parts are on the page."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab

LONG = "Explain the history of the lighthouse, in detail, with a list and some code.\n/simulate pace 120"
ENDLESS = "Explain the history of the lighthouse.\n/simulate pace 20\n/simulate length 4000"
SHORT = "What is the capital of France?"


def open_panel(tab: Tab, columns: int = 2) -> None:
    """Choose to compare, with so many columns."""
    rows = tab.page.locator(".compare-row")
    tab.page.click("#compare-open")
    expect(rows.first).to_be_visible()
    while rows.count() != columns:
        before = rows.count()
        if before < columns:
            tab.page.click("#compare-add")
        else:
            rows.last.locator(".only-icon").click()
        expect(rows).not_to_have_count(before)


def compare(tab: Tab, prompt: str, columns: int = 2) -> None:
    """Send it to so many payers."""
    open_panel(tab, columns)
    tab.page.fill("#prompt", prompt)
    tab.page.click("#send")
    expect(tab.page.locator(".column")).to_have_count(columns)
    expect(tab.page.locator("#compare")).to_be_hidden()


def column(tab: Tab, number: int) -> Locator:
    return tab.page.locator(".comparison .column").nth(number)


def button(tab: Tab, number: int, what: str) -> Locator:
    return column(tab, number).locator(f"[data-compare={what}]")


def metric(tab: Tab, number: int, name: str) -> Locator:
    return column(tab, number).locator(f"[data-metric={name}]")


def wait_for(tab: Tab, status: str, columns: int = 2) -> None:
    """Until the newest answers of all columns have ended so."""
    ended = tab.page.locator(f".column .answer:last-child[data-status={status}]")
    expect(ended).to_have_count(columns)
