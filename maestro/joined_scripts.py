"""The scripts of a page as one file: each module in a function of its own, behind those that it imports.

A browser asks for each module apart, and nothing of a page works before it has all of them: 121 requests for the chat. In
the apps they stay native modules, and with DEBUG they are served as such.

Modules are read as they are written here: one line for each import and each export, by name. Any other form is refused,
not guessed, and so are circles. Where a script loads a module on demand, that one gets a file of its own, with what only it
needs; the rest it takes from the page's script, because a second copy of a module would have a state of its own. Knows no
files: `read` gives the text of a module by its name below `static/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from posixpath import dirname, join, normpath, relpath

Read = Callable[[str], str]
_IMPORT = re.compile(r'^import \{ (.+) \} from "(\.{1,2}/[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_ANY_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def modules_of(name: str, read: Read) -> list[str]:
    """The script and all that it imports, directly or not, each once and behind what it imports itself. `ValueError` if two
    modules import each other."""
    found, on_the_way = list[str](), list[str]()

    def visit(one: str) -> None:
        if one in on_the_way:
            raise ValueError(f"modules import each other: {' → '.join([*on_the_way, one])}")
        if one not in found:
            on_the_way.append(one)
            for other in _imports(one, read(one)):
                visit(other)
            found.append(on_the_way.pop())

    visit(name)
    return found


def joined(page: str, on_demand: Iterable[str], read: Read) -> dict[str, str]:
    """The script `page` and those that it loads on demand, as they are served. `ValueError` for what this module cannot
    join."""
    first = modules_of(page, read)
    later = {name: [one for one in modules_of(name, read) if one not in first] for name in on_demand}
    every = [*first, *(one for own in later.values() for one in own)]
    if len(every) != len(set(every)):
        raise ValueError(
            f"two scripts that {page} loads on demand import the same module, which it does not have"
        )
    borrowed = {
        name: sorted({one for part in own for one in _imports(part, read(part)) if one in first})
        for name, own in later.items()
    }
    lent = sorted({one for names in borrowed.values() for one in names})
    files = {page: _parts(first, page, read) + (f"export {_names(lent)};\n" if lent else "")}
    for name, own in later.items():
        head = f'import {_names(borrowed[name])} from "{_path(page, name)}";\n' if borrowed[name] else ""
        exports = f"export const {{ {', '.join(_EXPORT.findall(read(name)))} }} = {_variable(name)};\n"
        files[name] = head + _parts(own, name, read) + exports
    return files


def _parts(names: list[str], home: str, read: Read) -> str:
    return "".join(_in_function(name, home, read) for name in names)


def _in_function(name: str, home: str, read: Read) -> str:
    """The module as a constant that has what it exports. `home` is the script in whose file it stands."""
    text = read(name)
    exported = _EXPORT.findall(text)
    text = _EXPORT.sub("", text)
    text = _IMPORT.sub(lambda found: _taken(found[1], _beside(name, found[2]), read), text)
    if other := _ANY_OTHER.search(text):
        raise ValueError(f"{name} cannot be joined with others: {other[0]}")
    if name != home:
        text = text.replace("import.meta.url", f'new URL("{_path(name, home)}", import.meta.url)')
    return f"const {_variable(name)} = (() => {{\n{text}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _taken(names: str, module: str, read: Read) -> str:
    """What stands instead of an import of `names` ("a, b as c"). `ValueError` if the module has none of that name: a browser would
    say so of modules, but not of this."""
    pairs = [pair.split(" as ") for pair in names.split(", ")]
    if missing := {pair[0] for pair in pairs} - set(_EXPORT.findall(read(module))):
        raise ValueError(f"{module} does not export {', '.join(sorted(missing))}")
    return f"const {{ {', '.join(map(': '.join, pairs))} }} = {_variable(module)};"


def _imports(name: str, text: str) -> list[str]:
    return [_beside(name, path) for _, path in _IMPORT.findall(text)]


def _beside(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _path(name: str, home: str) -> str:
    """Of one script, as it is written in the other."""
    return f"./{relpath(name, dirname(home))}"


def _names(modules: list[str]) -> str:
    return f"{{ {', '.join(map(_variable, modules))} }}"


def _variable(name: str) -> str:
    """No module uses such a name."""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
