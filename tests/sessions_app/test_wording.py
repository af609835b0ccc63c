"""Everything that people read in the pages of sessions and accounts can be translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessions_app import errors
from tests.support.wording import untranslated

ROOT = Path(__file__).parents[2]
ERRORS = [name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)]
# For the command line and for developers, who read English.
ENGLISH = {"migrations", "management", "cli.py", "checks.py", "faults.py"}
MODULES = [
    path
    for folder in ("sessions_app", "maestro/accounts")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not ENGLISH.intersection(path.parts)
]

PLANTED = {
    "a message": 'messages.success(request, f"{name} works.")',
    "a message with a level": 'messages.add_message(request, level, "It works.")',
    "an error of a form": 'form.add_error("name", "Choose another.")',
    "one of two": 'messages.success(request, "On." if on else _("Off."))',
    "an error": 'raise NameTaken("You have one “%(name)s”." % facts)',
    "an error by way of a variable": 'def f():\n    said = "There is none."\n    raise NameTaken(said)',
    "a label": 'name = forms.CharField(label="Name")',
    "a help": 'name = forms.CharField(help_text="What you call it.")',
    "a column of the admin": '@admin.display(description="State")\ndef badge(self): ...',
    "a model's name": 'class Meta:\n    verbose_name = "activity"',
    "a label of a choice": 'class Status(models.TextChoices):\n    ACTIVE = "active", "Works"',
    "a result": 'return RefreshResult("gone", "It is gone.")',
    "a property": 'def sentence(self):\n    return f"{self.count} worked"',
    "a subject": 'EmailMessage(subject=f"{name} needs login", body=body)',
    "gettext of an f-string": 'x = _(f"{name} works.")',
}
WORDED = {
    "a message": 'messages.success(request, _("%(name)s works.") % {"name": name})',
    "a variable": 'def f():\n    said = _("There is none.")\n    raise NameTaken(said % facts)',
    "a sentence from elsewhere": 'messages.error(request, f"{session.state_sentence}.")',
    "a code": 'raise LoginProblem(_("Too late."), reason="expired")',
    "a log": 'logger.error("%s is late", name)',
    "nothing": 'def notice():\n    return ""',
    "a choice": 'class Status(models.TextChoices):\n    ACTIVE = "active", _lazy("Works")',
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_goes_through_gettext(path: Path) -> None:
    assert untranslated(path.read_text(), errors=ERRORS) == []


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED)
def test_a_sentence_that_does_not_is_found(source: str) -> None:
    assert len(untranslated(source, errors=ERRORS)) == 1


@pytest.mark.parametrize("source", WORDED.values(), ids=WORDED)
def test_what_goes_through_gettext_or_is_no_sentence_is_left_alone(source: str) -> None:
    assert untranslated(source, errors=ERRORS) == []
