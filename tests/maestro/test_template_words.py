"""Every word of every template can be translated; and the test that says so sees one that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.template_words import untranslated
from tests.system.servers import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CANNOT = {
    "<p>Hello there</p>": "Hello there",
    '<p>{% translate "Hello" %} and more</p>': "and more",
    '<p>{{ name }} pays{% include "x.html" %}</p>': "pays",
    "{% if one %}Yes{% endif %}": "Yes",
    '<button title="Stop it"></button>': "Stop it",
    '<a aria-label="Chat with {{ name }}"></a>': "Chat with …",
    '<form data-confirm="Sure?">': "Sure?",
    '<input type="submit" value="Save">': "Save",
    '{{ title|default:"New chat" }}': "New chat",
    "{{ number }} {{ number|pluralize }}": "pluralize",
    '{% include "field.html" with label="Your name" %}': "Your name",
    "{# a comment of\ntwo lines is none #}": "{# a comment of two lines is none #}",
}
CAN = [
    '<p title="{% translate "Hello" %}">{% translate "there" %}</p>',
    "{% blocktranslate count n=n %}one answer{% plural %}{{ n }} answers{% endblocktranslate %}",
    '<code>ALLOWED_HOSTS</code> {{ at|date:"Y-m-d H:i" }} {{ title|default:_("New chat") }}',
    '{# words #}{% comment %}more of them{% endcomment %}<input type="hidden" name="next" value="there">',
    "{% block page_class %}narrow{% endblock %}<b>Maestro</b> · {{ ms }} ms <i class='dot good'></i>",
]


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda one: one.relative_to(ROOT / "templates").as_posix()
)
def test_every_word_of_a_template_can_be_translated(template: Path) -> None:
    assert untranslated(template.read_text()) == []


@pytest.mark.parametrize(("source", "words"), CANNOT.items())
def test_a_word_that_cannot_is_found_with_its_line(source: str, words: str) -> None:
    (found,) = untranslated(f"{{% load i18n %}}\n{source}")
    assert (found.line, found.words) == (2, words)


@pytest.mark.parametrize("source", CAN)
def test_what_can_or_need_not_is_let_be(source: str) -> None:
    assert untranslated(source) == []
