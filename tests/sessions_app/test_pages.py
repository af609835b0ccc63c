"""The user's own pages, from the outside: what is shown, what is refused, what is never shown."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sessions_app.models import ProviderSession
from tests.support.simulator import API_KEY, RunningSimulator


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, session: ProviderSession | None = None) -> str:
    return reverse(f"sessions:{name}", args=[session.id] if session else [])


def add(browser: Client, **data: str) -> str:
    base = {"provider": "simulator", "auth_type": "api_key", "name": "work", "api_key": API_KEY}
    return browser.post(page("add"), base | data, follow=True).content.decode()


def test_the_empty_list_offers_the_form_and_the_example_key(
    browser: Client, upstream: RunningSimulator
) -> None:
    text = browser.get(page("list")).content.decode()
    assert 'name="api_key"' in text
    assert "sk-sim-" in text
    assert "API keys always work" in text


def test_adding_a_key_session_leads_to_its_page(browser: Client, upstream: RunningSimulator) -> None:
    text = add(browser)
    assert "work works" in text
    assert ProviderSession.objects.get().status == "active"
    assert API_KEY not in text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"api_key": "sk-sim-revoked-1"}, "Nothing was stored."),
        ({"api_key": "wrong"}, "Keys of Simulator begin with sk-sim-."),
        ({"api_key": "two words"}, "one line without spaces"),
        ({"api_key": ""}, "Paste the API key."),
        ({"name": ""}, "This field is required."),
        ({"name": "a/b"}, "letters, digits"),
        ({"name": "x" * 65}, "at most 64"),
        ({"provider": "nobody"}, "Select a valid choice"),
        ({"auth_type": "magic"}, "Select a valid choice"),
    ],
)
def test_bad_input_keeps_the_page_and_says_why(
    browser: Client, upstream: RunningSimulator, data: dict[str, str], sentence: str
) -> None:
    text = add(browser, **data)
    assert sentence in text
    assert not ProviderSession.objects.exists()
    if data.get("api_key"):
        assert data["api_key"] not in text


def test_a_taken_name_is_refused_kindly(browser: Client, api_session: ProviderSession) -> None:
    assert "already have a session named" in add(browser, name=api_session.name)


def test_a_provider_that_is_down_is_named(
    browser: Client, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": "http://127.0.0.1:9"}}
    text = add(browser)
    assert "could not be reached" in text
    assert "Nothing was stored" in text


@pytest.mark.django_db(transaction=True)
def test_oauth_by_pasted_code(browser: Client, upstream: RunningSimulator) -> None:
    text = add(browser, auth_type="oauth", api_key="")
    session = ProviderSession.objects.get()
    answer = browser.get(page("login", session))
    start = answer.context["page"].start
    assert start.url.replace("&", "&amp;") in answer.content.decode()
    assert 'data-copy-target="login-link"' in text
    pasted = upstream.approve(start.url)
    done = browser.post(
        page("login", session), {"pasted": pasted, "link": answer.context["page"].link}, follow=True
    )
    assert "is connected" in done.content.decode()
    session.refresh_from_db()
    assert session.status == "active"


def test_a_wrong_code_keeps_the_link(browser: Client, pending_session: ProviderSession) -> None:
    shown = browser.get(page("login", pending_session)).context["page"]
    answer = browser.post(page("login", pending_session), {"pasted": "123456", "link": shown.link})
    assert "e-mail" in answer.content.decode()
    assert "123456" not in answer.content.decode()
    assert answer.context["page"].start.url == shown.start.url


def test_a_forged_link_is_not_shown(browser: Client, pending_session: ProviderSession) -> None:
    answer = browser.post(page("login", pending_session), {"pasted": "x", "link": "https://evil.example/"})
    assert "evil.example" not in answer.content.decode()


def test_oauth_that_is_not_set_up_names_the_settings(
    browser: Client, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}}
    text = add(browser, provider="anthropic", auth_type="oauth", api_key="")
    assert "MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID" in text
    assert not ProviderSession.objects.exists()


@pytest.mark.parametrize(
    ("chosen", "key", "says"),
    [
        ("openai", "sk-ant-api03-x", "This looks like a key for Claude (Anthropic)."),
        ("openai", "AIzaSyx", "This looks like a key for Gemini (Google)."),
        ("anthropic", "sk-proj-x", "This looks like a key for GPT (OpenAI)."),
        ("lab", "sk-proj-x", "This looks like a key for GPT (OpenAI)."),
    ],
)
def test_a_key_pasted_for_another_vendor_is_recognised(
    browser: Client, upstream: RunningSimulator, settings: Settings, chosen: str, key: str, says: str
) -> None:
    named = {"kind": "openai", "base_url": f"{upstream.url}/openai/v1"}
    settings.MAESTRO_PROVIDERS = {"anthropic": {}, "openai": {}, "gemini": {}, "lab": named}
    text = add(browser, provider=chosen, api_key=key)
    assert says in text
    assert key not in text
    assert not upstream.state.requests
    assert not ProviderSession.objects.exists()


def test_every_offered_provider_says_where_its_keys_come_from(
    browser: Client, upstream: RunningSimulator, settings: Settings
) -> None:
    named = {"kind": "openai", "label": "vLLM in the lab", "base_url": f"{upstream.url}/openai/v1"}
    settings.MAESTRO_PROVIDERS = {"openai": {}, "lab": named, "simulator": {"base_url": upstream.url}}
    text = browser.get(reverse("sessions:add")).content.decode()
    assert '<option value="lab">vLLM in the lab</option>' in text
    assert "https://platform.openai.com/api-keys" in text
    assert "If it wants none, any word will do." in text
    assert "use the key as it stands here" in text
    assert "MAESTRO_OPENAI_OAUTH_CLIENT_ID" in text


def test_detail_shows_facts_history_and_live_models(browser: Client, oauth_session: ProviderSession) -> None:
    browser.post(page("refresh", oauth_session))
    text = browser.get(page("detail", oauth_session)).content.decode()
    assert "person@simulator.test" in text
    assert "Refreshed" in text
    assert "Somebody asked for it" in text
    assert "The next attempt is planned for" in text
    assert '<option value="simulator-large">' in text


def test_actions(browser: Client, api_session: ProviderSession) -> None:
    def post(view: str, **data: str) -> str:
        return browser.post(page(view, api_session), data, follow=True).content.decode()

    assert "answered in" in post("test")
    assert "is now called" in post("rename", name="other name")
    assert "already" not in post("rename", name="other name")
    assert "letters, digits" in post("rename", name="a/b")
    assert "defaults are saved" in post(
        "defaults", default_model="simulator-small", system_prompt="Be brief."
    )
    assert "switched off" in post("disable")
    assert ">other name: Switched off. Enable it to use it." in post("test")
    assert "is switched on. Works." in post("enable")
    assert "new key works" in post("replace_key", api_key="sk-sim-another-key-2")
    assert "refuses" in post("replace_key", api_key="sk-sim-revoked-key")
    assert "Nothing to refresh".lower() in post("refresh").lower()
    assert "Disconnected" in post("revoke")
    assert "cannot be undone" in browser.get(page("delete", api_session)).content.decode()
    assert "are deleted" in post("delete")
    assert not ProviderSession.objects.exists()


def test_models_as_json(browser: Client, api_session: ProviderSession) -> None:
    body = browser.get(page("models", api_session)).json()
    assert body["default"] == body["models"][0]["id"] == "simulator-large"
    assert set(body["models"][0]) == {
        "id", "label", "max_input_tokens", "max_output_tokens", "lifecycle", "thinking_modes", "efforts",
        "sampling", "max_temperature", "images", "pdfs", "prompt_cache", "price_input", "price_output",
    }  # fmt: skip


def test_models_of_a_disabled_session_are_a_clear_error(
    browser: Client, api_session: ProviderSession
) -> None:
    browser.post(page("disable", api_session))
    answer = browser.get(page("models", api_session))
    assert answer.status_code == 409
    assert "Switched off" in answer.json()["error"]["message"]
