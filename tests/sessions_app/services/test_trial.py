"""A session without an account: one click, one session."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sessions_app.errors import ProviderUnavailable
from sessions_app.models import ProviderSession
from sessions_app.services import sessions, trial
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db


def test_it_works_at_once_and_twice_gives_the_same(user: User, upstream: RunningSimulator) -> None:
    session = trial.start_trial(user)
    assert (session.name, session.status, session.is_usable) == ("simulator", "active", True)
    assert trial.start_trial(user) == session


def test_a_name_that_is_in_use_is_no_obstacle(
    user: User, api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    sessions.rename_session(api_session, "simulator")
    sessions.disable_session(api_session)
    assert trial.start_trial(user).name == "simulator 2"


def test_others_have_their_own(user: User, other_user: User, upstream: RunningSimulator) -> None:
    assert trial.start_trial(user) != trial.start_trial(other_user)


def test_without_such_a_provider_it_says_so(user: User, settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}}
    assert trial.trial_provider() is None
    with pytest.raises(ProviderUnavailable, match="Add a session"):
        trial.start_trial(user)
    client = Client()
    client.force_login(user)
    answer = client.post(reverse("sessions:try"), follow=True)
    assert "nothing that works without an account" in answer.content.decode()
    assert "Try it without an account" not in client.get("/").content.decode()


def test_one_click_leads_to_the_prompt_with_the_session_chosen(
    user: User, upstream: RunningSimulator
) -> None:
    client = Client()
    client.force_login(user)
    assert "Try it without an account" in client.get("/").content.decode()
    answer = client.post(reverse("sessions:try"), follow=True)
    session = ProviderSession.objects.get()
    assert answer.redirect_chain == [(f"/?session={session.pk}", 302)]
    assert answer.context["bootstrap"]["session"] == str(session.pk)


def test_a_first_session_leads_to_the_prompt_a_second_to_its_page(
    user: User, upstream: RunningSimulator
) -> None:
    client = Client()
    client.force_login(user)
    data = {"provider": "simulator", "auth_type": "api_key", "api_key": "sk-sim-1"}
    first = client.post(reverse("sessions:add"), data | {"name": "first"})
    assert first["Location"].startswith("/?session=")
    second = client.post(reverse("sessions:add"), data | {"name": "second"})
    assert second["Location"].startswith("/sessions/")


def test_a_link_to_a_new_chat_names_the_session(user: User, upstream: RunningSimulator) -> None:
    client = Client()
    client.force_login(user)
    made = [trial.start_trial(user)]
    data = {"provider": "simulator", "auth_type": "api_key", "name": "another", "api_key": "sk-sim-1"}
    client.post(reverse("sessions:add"), data)
    made.append(ProviderSession.objects.get(name="another"))
    for session in made:
        chosen = client.get(f"/?session={session.pk}").context["bootstrap"]["session"]
        assert chosen == str(session.pk)
    assert client.get("/?session=nonsense").context["bootstrap"]["session"] in {str(one.pk) for one in made}
