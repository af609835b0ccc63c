"""The models that a session may use, asked of its provider and believed for five minutes.

The newest list is kept for longer, for whoever must know what a model takes and must not wait for the provider.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import msgspec
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from providers.errors import AuthenticationFailed, ProviderError
from providers.messages import ChatRequest
from providers.model_info import ModelInfo, Price
from sessions_app.errors import SessionError
from sessions_app.models import ListedModels, ProviderSession
from sessions_app.prepared import Select, on
from sessions_app.services import tokens
from sessions_app.services.explain import problem
from sessions_app.services.providers import get_provider

T = TypeVar("T")

_KEPT_S = 300
_decoder = msgspec.json.Decoder(tuple[ModelInfo, ...])
_LISTED = Select(
    lambda session: ListedModels.objects.filter(session=session).values_list("models_json", flat=True),
    on(ListedModels, "session"),
)


def list_models(session: ProviderSession, *, refresh: bool = False) -> tuple[ModelInfo, ...]:
    """All models in the provider's order. Raises `SessionUnavailable` or `ProviderProblem`."""
    key = f"models:{session.id}:{session.cred_version}"
    stored = None if refresh else cache.get(key)
    if isinstance(stored, bytes):
        return _decoder.decode(stored)
    models = _ask(session, lambda access: access.provider.models.list(access.credentials))
    encoded = msgspec.json.encode(models)
    cache.set(key, encoded, timeout=_KEPT_S)
    _keep(session, encoded.decode())
    return models


def _keep(session: ProviderSession, models_json: str) -> None:
    now = timezone.now()
    mine = ListedModels.objects.filter(session=session.id)
    if mine.update(models_json=models_json, listed_at=now):
        return
    try:
        with transaction.atomic():
            ListedModels.objects.create(session_id=session.id, models_json=models_json, listed_at=now)
    except IntegrityError:  # another process was faster, or the session is being deleted
        return


def known_model(session: ProviderSession, model_id: str) -> ModelInfo | None:
    """What is known of a model without asking the provider: its newest list, with the prices of today's catalogue;
    where it is not listed, the catalogue alone."""
    shipped = _shipped(session, model_id)
    kept = _LISTED.first(session.id)
    found = next((model for model in _models(kept) if model.id == model_id), None) if kept else None
    if found is None:
        return shipped
    return msgspec.structs.replace(found, price=shipped.price if shipped else None)


@lru_cache(maxsize=32)  # sessions of one provider have the same
def _models(models_json: str) -> tuple[ModelInfo, ...]:
    return _decoder.decode(models_json)


def price_of_model(session: ProviderSession, model_id: str) -> Price | None:
    """USD per million tokens, `None` if unknown."""
    shipped = _shipped(session, model_id)
    return shipped.price if shipped else None


def _shipped(session: ProviderSession, model_id: str) -> ModelInfo | None:
    try:
        return get_provider(session.provider).models.known(model_id)
    except SessionError:  # its provider is switched off; whoever sends will be told
        return None


def get_model(session: ProviderSession, model_id: str) -> ModelInfo:
    """One model, from the list if it is there. Raises as `list_models`; an unknown one is `ProviderProblem`."""
    for model in list_models(session):
        if model.id == model_id:
            return model
    return _ask(session, lambda access: access.provider.models.get(access.credentials, model_id))


def count_tokens(session: ProviderSession, request: ChatRequest) -> int:
    """Input tokens of a request, as its provider counts them; costs nothing. Raises as `list_models`."""
    return _ask(session, lambda access: access.provider.streaming.count_tokens(access.credentials, request))


def default_model_for(session: ProviderSession) -> str:
    """The session's own default, else the first active model of its list; "" where there is none."""
    if session.default_model:
        return session.default_model
    models = list_models(session)
    active = [model.id for model in models if model.lifecycle == "active"]
    return (active or [model.id for model in models] or [""])[0]


def _ask(session: ProviderSession, call: Callable[[tokens.Access], T]) -> T:
    """The answer to `call`, asked twice if the first token was refused."""
    access = tokens.access_for(session.id)
    try:
        try:
            return call(access)
        except AuthenticationFailed:
            access = tokens.access_after_401(session.id, cred_version=access.cred_version)
            return call(access)
    except ProviderError as error:
        raise problem(error, access.provider) from error
