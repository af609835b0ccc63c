"""Markup that is set once for each language: the same to the letter, and with nothing of a reader in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils import translation

from maestro.templatetags.fixed import FixedNode


def render(source: str, **values: Any) -> str:
    return str(Template(f"{{% load fixed i18n %}}{source}").render(Context(values)))


def test_it_is_what_it_would_be_without() -> None:
    markup = '<b>{% translate "Delete" %}</b>{% include "partials/icon.html" with name="trash" %}'
    assert render(f"{{% fixed %}}{markup}{{% endfixed %}}") == render(markup)


def test_each_language_has_its_own() -> None:
    template = Template('{% load fixed i18n %}{% fixed %}{% translate "Delete" %}{% endfixed %}')
    found = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            found.append(template.render(Context()))
    assert found == ["Delete", "Löschen", "Delete"]


def test_it_is_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    template = Template("{% load fixed %}{% fixed %}a{% endfixed %}")
    (node,) = template.nodelist.get_nodes_by_type(FixedNode)
    assert template.render(Context()) == "a"
    node.nodelist = Engine().from_string("b").nodelist
    assert template.render(Context()) == "a"


def test_nothing_of_a_reader_is_in_it() -> None:
    source = (
        "{% fixed %}{{ user }}{{ request }}{% if secret %}{{ secret }}{% endif %}{% endfixed %}{{ secret }}"
    )
    assert render(source, user="ada", request="r", secret="s") == "s"


def test_a_form_with_a_token_cannot_stand_in_it() -> None:
    with pytest.raises(TemplateSyntaxError, match="belongs to one reader"):
        render("{% fixed %}<form>{% csrf_token %}</form>{% endfixed %}")
