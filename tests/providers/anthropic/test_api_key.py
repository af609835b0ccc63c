from __future__ import annotations

import pytest

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import AuthenticationFailed, ConnectionLost, UnexpectedAnswer
from providers.interface import ApiKey
from providers.registry import build_provider
from tests.providers.canned import CREDENTIAL, Canned, anthropic_at
from tests.support.simulator import API_KEY, RunningSimulator


def api_key_of(simulator: RunningSimulator) -> ApiKey:
    provider = build_provider("simulator", {"base_url": simulator.url})
    assert provider.api_key is not None
    return provider.api_key


def test_a_good_key_passes(simulator: RunningSimulator) -> None:
    api_key_of(simulator).check(ApiKeyCredential(Secret(API_KEY)))
    assert dict(simulator.state.calls) == {"GET /v1/models": 1}


@pytest.mark.parametrize("key", ["sk-sim-revoked-1", "sk-ant-other"])
def test_a_wrong_or_revoked_key_is_refused(simulator: RunningSimulator, key: str) -> None:
    with pytest.raises(AuthenticationFailed) as raised:
        api_key_of(simulator).check(ApiKeyCredential(Secret(key)))
    assert raised.value.request_id


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("html", UnexpectedAnswer),
        ("empty", UnexpectedAnswer),
        ("redirect", UnexpectedAnswer),
        ("hang_up", ConnectionLost),
    ],
)
def test_what_is_no_answer_is_no_success(
    simulator: RunningSimulator, fault: str, kind: type[Exception]
) -> None:
    simulator.set(fault=fault)
    with pytest.raises(kind):
        api_key_of(simulator).check(ApiKeyCredential(Secret(API_KEY)))


def test_json_that_is_not_a_list_of_models_is_no_success(canned: Canned) -> None:
    canned.answer({"status": "ok"})
    provider = anthropic_at(canned.url)
    assert provider.api_key is not None
    with pytest.raises(UnexpectedAnswer):
        provider.api_key.check(CREDENTIAL)
    assert canned.requests[0].query == "limit=1"
