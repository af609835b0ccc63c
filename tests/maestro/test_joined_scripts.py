"""Modules of a page in one file: in order, each once, with one state, and nothing joined that is not understood."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest
from django.contrib.staticfiles import finders

from maestro import static_files
from maestro.joined_scripts import joined, modules_of

MODULES = {
    "js/page.js": """import { total as sum } from "./deep/sum.js";
import { el } from "./dom.js";
export class Page {}
el(sum(1, 2));
""",
    "js/deep/sum.js": """import { el } from "../dom.js";
const HOME = new URL("../../icons.svg", import.meta.url);
export async function later() {}
export const total = (a, b) => el(a + b, HOME);
""",
    "js/dom.js": "const seen = new Set();\nexport function el(one) { seen.add(one); }\n",
    "js/search.js": """import { el } from "./dom.js";
import { marked } from "./marked.js";
export const Search = () => el(marked());
""",
    "js/marked.js": "export function marked() {}\n",
}


def read(name: str) -> str:
    return MODULES[name]


def test_what_a_module_imports_stands_before_it_and_once() -> None:
    assert modules_of("js/page.js", read) == ["js/dom.js", "js/deep/sum.js", "js/page.js"]


def test_a_page_is_one_file_of_functions() -> None:
    assert (
        joined("js/page.js", (), read)["js/page.js"]
        == """const $js_dom = (() => {
const seen = new Set();
function el(one) { seen.add(one); }

return { el };
})();
const $js_deep_sum = (() => {
const { el } = $js_dom;
const HOME = new URL("../../icons.svg", new URL("./deep/sum.js", import.meta.url));
async function later() {}
const total = (a, b) => el(a + b, HOME);

return { later, total };
})();
const $js_page = (() => {
const { total: sum } = $js_deep_sum;
const { el } = $js_dom;
class Page {}
el(sum(1, 2));

return { Page };
})();
"""
    )


def test_what_is_loaded_on_demand_takes_from_the_page_what_that_has() -> None:
    files = joined("js/page.js", ["js/search.js"], read)
    assert files["js/page.js"].endswith("\nexport { $js_dom };\n")
    later = files["js/search.js"]
    assert later.startswith('import { $js_dom } from "./page.js";\nconst $js_marked = ')
    assert later.endswith("\nexport const { Search } = $js_search;\n")
    assert "new Set" not in later


@pytest.mark.parametrize(
    "line",
    [
        'import "./dom.js";',
        'import dom from "./dom.js";',
        'import * as dom from "./dom.js";',
        'import { el } from "./dom.js"; el();',
        'import {\n  el,\n} from "./dom.js";',
        'export { el } from "./dom.js";',
        "export default 1;",
        "export let state = 1;",
    ],
)
def test_any_other_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"js/odd\.js cannot be joined"):
        joined("js/odd.js", (), (MODULES | {"js/odd.js": f"{line}\n"}).__getitem__)


def test_a_name_that_its_module_does_not_export_is_refused() -> None:
    modules = MODULES | {"js/odd.js": 'import { el, div } from "./dom.js";\n'}
    with pytest.raises(ValueError, match=r"js/dom\.js does not export div"):
        joined("js/odd.js", (), modules.__getitem__)


def test_circles_are_refused() -> None:
    one, other = 'import { b } from "./b.js";\n', 'import { a } from "./a.js";\n'
    with pytest.raises(ValueError, match=r"a\.js → b\.js → a\.js"):
        joined("a.js", (), {"a.js": one, "b.js": other}.__getitem__)


def test_a_module_of_two_scripts_on_demand_is_refused() -> None:
    modules = MODULES | {"js/compare.js": MODULES["js/search.js"]}
    with pytest.raises(ValueError, match="the same module"):
        joined("js/page.js", ["js/search.js", "js/compare.js"], modules.__getitem__)


def test_every_script_that_is_loaded_on_demand_is_known() -> None:
    """Else it would come with a second copy of what its page has."""
    folder = Path(str(finders.find("chat/js/chat.js"))).parent
    found = set()
    for path in folder.rglob("*.js"):
        name = f"chat/js/{path.relative_to(folder).as_posix()}"
        for other in re.findall(r'\bimport\("(\.{1,2}/[^"]+)"\)(?!\.[A-Z])', path.read_text()):  # else a type
            found.add(normpath(join(dirname(name), other)))
    assert found == {name for names in static_files.SCRIPTS.values() for name in names}


def test_every_script_that_pages_name_is_known() -> None:
    templates = Path(__file__).parents[2] / "templates"
    found = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(r"""type="module" src="{% static '([^']+)' %}""", path.read_text())
    }
    assert found == set(static_files.SCRIPTS)
