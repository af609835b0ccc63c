"""Every sentence that a person reads goes through gettext: in Python of the chat, and in its scripts.

What counts as a sentence is decided by its form and by where it stands, so that a new one that was forgotten fails here. Names,
codes, logs, what commands print and what models are asked are none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.services import errors

ROOT = Path(__file__).parents[2]
MARKS = {"_", "gettext", "_lazy", "gettext_noop", "ngettext"}
NUMBERS = {"_": 1, "gettext": 1, "_lazy": 1, "gettext_noop": 1, "ngettext": 2}  # of literals
# Models read these, or nobody does.
FOR_MODELS = {"auto_titles.py", "history.py", "file_contents.py"}
PYTHON = [
    path
    for path in sorted((ROOT / "chat").rglob("*.py"))
    if not {"migrations", "management"} & set(path.parts) and path.name not in FOR_MODELS
]
SCRIPTS = sorted((ROOT / "chat" / "static" / "chat" / "js").rglob("*.js"))
# Words to a person in an error, in a frame, in an answer that is not a page.
REFUSALS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {
    "Refused",
    "FileRefused",
    "HttpResponseBadRequest",
}
WORDED = {"message", "advice", "default_message"}  # arguments and attributes that are shown
SENTENCE = re.compile(r"[A-Z“%][^\n]* [^\n]*[.!?…]\Z")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Python ---------------------------------------------------------------------------------------------
def unmarked(source: str) -> list[str]:
    """Sentences outside gettext in a module, each with its line."""
    return [f"{node.lineno}: {ast.unparse(node)}" for node in _texts(ast.parse(source), shown=False)]


def _texts(node: ast.AST, *, shown: bool) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=func) if _called(func) in MARKS or _is_log(func):
            return
        case ast.Expr(value=ast.Constant()):  # a docstring
            return
        case ast.JoinedStr() | ast.Constant(value=str()):
            if _reads_like_words(node, shown=shown):
                yield node
            return
        case ast.Call(func=func):
            shown = shown or _called(func) in REFUSALS
        case ast.keyword(arg=arg) if arg in WORDED:
            shown = True
        case ast.Assign(targets=[ast.Name(id=target)]) if target in WORDED:
            shown = True
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, shown=shown)


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _is_log(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and ast.unparse(func.value) == "logger"


def _reads_like_words(node: ast.JoinedStr | ast.Constant, *, shown: bool) -> bool:
    pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "%s" for piece in pieces)
    is_words = shown and re.search(r"[A-Za-z]{2,} |[A-Za-z]{2,}[.!?…]\Z| [A-Za-z]{2,}", text) is not None
    return is_words or SENTENCE.match(text) is not None


def unfindable(source: str) -> list[str]:
    """Calls of gettext whose text is made at run time, so that no translator ever sees it."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        f"{call.lineno}: {ast.unparse(call)}"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in NUMBERS and not _has_literals(call)
    ]


def _has_literals(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Name)
    return all(
        isinstance(text, ast.Constant) and isinstance(text.value, str)
        for text in call.args[: NUMBERS[call.func.id]]
    )


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_python_has_no_sentence_outside_gettext(path: Path) -> None:
    assert unmarked(path.read_text()) == []


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name != "wording.py"], ids=name)
def test_python_gives_gettext_literals(path: Path) -> None:
    assert unfindable(path.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        'raise errors.QueueFull("Wait, or delete one.")',
        'raise errors.QueueFull(f"{most} are waiting")',
        'raise ModelUnknown("no model " + why)',
        'return ErrorFrame(code="bad_frame", message="not a place")',
        'class Late(ChatError):\n    default_message = "too late"',
        'NOTE = "This file is gone."',
        'return [f"{name} pays for this."]',
    ],
)
def test_a_forgotten_sentence_in_python_is_found(planted: str) -> None:
    assert len(unmarked(f'"""A docstring is none."""\n{planted}')) == 1


@pytest.mark.parametrize("planted", ['_(f"{name} pays.")', "_(sentence)", 'ngettext("one", more, 2)'])
def test_a_text_that_no_translator_sees_is_found(planted: str) -> None:
    assert len(unfindable(planted)) == 1


@pytest.mark.parametrize(
    "fine",
    [
        'raise errors.QueueFull(_("%(most)s messages wait.") % {"most": most})',
        'logger.error("This file is gone.")',
        'raise errors.ModelUnknown(f"{one} {other}")',
        'code = "not_found"',
    ],
)
def test_what_is_no_forgotten_sentence_in_python_is_left_alone(fine: str) -> None:
    assert unmarked(fine) + unfindable(fine) == []


# Scripts --------------------------------------------------------------------------------------------
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w])//[^\n]*", re.DOTALL)
_IMPORT = re.compile(r"^(?:import|export) .* from .*;$", re.MULTILINE)
_MARKED = re.compile(
    r"\bn?gettext\(\s*(?:\"(?:[^\"\\]|\\.)*\"(?:\s*,\s*(?=\"))?)+"
)  # the literals that a call begins with
_LITERAL = re.compile(r"(?P<before>[^\n]{0,40}?)(?P<text>\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`)")
_VALUE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
_KEYS = {"Escape", "Enter", "Tab", "Home", "End", "Backspace", "Files", "Accept"}  # of events, data, headers
_FOR_MACHINES = re.compile(
    r"(class: |class(?:Name|List)[^;]*|style\.\w+ = |querySelector(?:All)?\(|matches\(|closest\(|console\.\w+\(|el\(\"kbd\", \{\}, |case )\Z"
)
_SHOWN = re.compile(
    r"(\bsay\(|\btoast\(|askFirst\(|textContent = |placeholder = |\btitle[:=] |\btext: |label: |\"aria-label\"[:,] |showProgress\([^,]+, )\Z"
)


def unmarked_in_script(source: str) -> list[str]:
    """Words outside gettext in a script."""
    code = _MARKED.sub("gettext(", _IMPORT.sub("", _COMMENT.sub("", source)))
    return [found["text"] for found in _LITERAL.finditer(code) if _is_forgotten(found, code)]


def _is_forgotten(found: re.Match[str], code: str) -> bool:
    text = found["text"][1:-1]
    before = code[max(0, found.start("text") - 60) : found.start("text")]
    if text in _KEYS or "className" in text or _FOR_MACHINES.search(before):
        return False
    words = _VALUE.sub("\0", text)
    if _SHOWN.search(before):
        return re.search(r"[A-Za-z]{2,}", words) is not None
    is_name = re.fullmatch(r"[A-Z][a-z]+", words) is not None
    return is_name or bool(SENTENCE.match(words)) or bool(re.search(r"\0 [a-z]{2,}|[A-Za-z]{2,} \0", words))


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_have_no_words_outside_gettext(path: Path) -> None:
    assert unmarked_in_script(path.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        'say("Deleted.");',
        "note.textContent = `${name} pays`;",
        'place.textContent = "none";',
        'el("button", { class: "btn" }, "Undo");',
        'const title = isOver ? "It may work now." : gettext("It may work later.");',
        "put(row, `Answer of ${name}`);",
        'showTrouble("lost", { title: "The message was sent as it was." });',
        'showProgress(answer.element, "writing…");',
    ],
)
def test_forgotten_words_in_a_script_are_found(planted: str) -> None:
    assert len(unmarked_in_script(f"// A comment is none.\n{planted}")) == 1


@pytest.mark.parametrize(
    "fine",
    [
        'say(gettext("%(name)s has answered.", { name }));',
        'ngettext("%(count)s message waits.", "%(count)s messages wait.", items.length);',
        'if (event.key === "Escape") el("p", { class: "notice bad" });',
        "element.className = `queued p${color}`;",
        'import { part } from "./Some words.js";',
        'console.warn("A text could not be rendered.", error);',
    ],
)
def test_what_is_for_machines_in_a_script_is_left_alone(fine: str) -> None:
    assert unmarked_in_script(fine) == []
