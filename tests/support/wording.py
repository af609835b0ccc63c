"""Finds sentences that people read and translators never see: text outside gettext, where pages, forms, errors and mails
take theirs from."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

GETTEXT = {"_", "_lazy", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
# Which argument of a call people read. Those of errors come from the caller, who knows their names.
_ARGUMENTS = {
    "messages.success": 1,
    "messages.info": 1,
    "messages.warning": 1,
    "messages.error": 1,
    "messages.add_message": 2,
    "add_error": 1,
    "ValidationError": 0,
    "PermissionDenied": 0,
    "RefreshResult": 1,
    "TestResult": 1,
}
_KEYWORDS = {"label", "help_text", "description", "empty_label", "subject", "body"}
_ATTRIBUTES = {"verbose_name", "verbose_name_plural", "short_description"}
_SPEAKING = re.compile(r"(^|_)(sentence|headline|consequence|notice|summary)$")
_WORD = re.compile(r"[^\W\d_]{2}")

Names = dict[str, list[ast.expr]]


def untranslated(source: str, *, errors: Collection[str]) -> list[str]:
    """Each such text in a module, with its line. `errors` are classes whose first argument is a sentence."""
    tree = ast.parse(source)
    arguments = _ARGUMENTS | dict.fromkeys(errors, 0)
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]
    found = {
        (bare.lineno, ast.unparse(bare))
        for scope in scopes
        for read in _read_by_people(scope, arguments)
        for bare in _bare(read, _assigned(scope))
    }
    found |= {(call.lineno, ast.unparse(call)) for call in ast.walk(tree) if _is_made_up(call)}
    return [f"line {line}: {text}" for line, text in sorted(found)]


def _read_by_people(scope: ast.AST, arguments: dict[str, int]) -> Iterator[ast.expr]:
    for node in ast.walk(scope):
        match node:
            case ast.Call(args=args, keywords=keywords):
                place = arguments.get(_name(node), len(args))
                yield from args[place : place + 1]
                yield from (one.value for one in keywords if one.arg in _KEYWORDS)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _ATTRIBUTES:
                yield value
            case ast.ClassDef(bases=bases, body=body) if any("TextChoices" in ast.unparse(b) for b in bases):
                choices = (one.value for one in body if isinstance(one, ast.Assign))
                yield from (one.elts[1] for one in choices if isinstance(one, ast.Tuple))
            case ast.FunctionDef(name=name) if _SPEAKING.search(name):
                returns = (one for one in ast.walk(node) if isinstance(one, ast.Return))
                yield from (one.value for one in returns if one.value is not None)


def _bare(node: ast.expr, names: Names) -> Iterator[ast.expr]:
    """The text in `node` that did not go through gettext, also by way of a variable."""
    match node:
        case ast.Constant(value=str(text)) if _WORD.search(text):
            yield node
        case ast.JoinedStr(values=values):
            if any(isinstance(one, ast.Constant) and _WORD.search(str(one.value)) for one in values):
                yield node
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, op=ast.Add(), right=second):
            yield from _bare(first, names)
            yield from _bare(second, names)
        case ast.BinOp(left=text, op=ast.Mod()) | ast.Call(func=ast.Attribute(value=text, attr="format")):
            yield from _bare(text, names)
        case ast.Name(id=name):
            for value in names.get(name, ()):
                yield from _bare(value, {})


def _assigned(scope: ast.AST) -> Names:
    """What variables of a function stand for; of a module, those outside of its functions."""
    names: Names = {}
    for node in scope.body if isinstance(scope, ast.Module) else ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).append(node.value)
    return names


def _is_made_up(node: ast.AST) -> bool:
    """Whether gettext is asked for a text that is put together first, and so in no catalogue."""
    made_up = (ast.JoinedStr, ast.BinOp)
    return isinstance(node, ast.Call) and _name(node) in GETTEXT and isinstance(node.args[0], made_up)


def _name(call: ast.Call) -> str:
    name = ast.unparse(call.func)
    return name if name.startswith("messages.") else name.rpartition(".")[2]
