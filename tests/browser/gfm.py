"""Samples of GitHub-flavoured Markdown and what must become of them, in the short form of `rendering.shapes`, and the
pieces that random texts are made of. Where it differs from GFM: a line break is one, raw HTML is text."""

from __future__ import annotations

import random

CODE = "def f():\n\treturn 1"

SAMPLES: list[tuple[str, str]] = [
    # paragraphs and line breaks
    ("a\nb", "<p>a<br>b</p>"),
    ("a  \nb\\\nc", "<p>a<br>b<br>c</p>"),
    ("a\n\n\n  b", "<p>a</p><p>b</p>"),
    ("a\r\nb\rc", "<p>a<br>b<br>c</p>"),
    # headings
    ("# One\n## Two ##\n#Three", "<h3>One</h3><h4>Two</h4><p>#Three</p>"),
    ("## A\n\n#### B\n\n## C", "<h3>A</h3><h4>B</h4><h3>C</h3>"),
    ("One\n===\n\nTwo\nlines\n---", "<h3>One</h3><h4>Two<br>lines</h4>"),
    ("#", "<h3></h3>"),
    # rules
    ("a\n\n---\n* * *\n___\nb", "<p>a</p><hr><hr><hr><p>b</p>"),
    # emphasis
    ("a **b** _c_ `d` ~~e~~ ***f***", "<p>a <strong>b</strong> <em>c</em> <code>d</code> <s>e</s> <em><strong>f</strong></em></p>"),
    ("snake_case_name and 2*3*4 and 5 * 6", "<p>snake_case_name and 2<em>3</em>4 and 5 * 6</p>"),
    ("**bold *and em* inside**, *em **and bold** inside*", "<p><strong>bold <em>and em</em> inside</strong>, <em>em <strong>and bold</strong> inside</em></p>"),
    ("**重点：**说明 and **“引用”**の", "<p><strong>重点：</strong>说明 and <strong>“引用”</strong>の</p>"),
    ("**open and *never closed", "<p>**open and *never closed</p>"),
    ("~one~ ~~two~~ ~~~three~~~ ~5", "<p><s>one</s> <s>two</s> ~~~three~~~ ~5</p>"),
    ("\\*not\\* \\_em\\_ \\`code\\` \\a", "<p>*not* _em_ `code` \\a</p>"),
    # code spans
    ("`` a ` b `` and ` `` ` and `x\ny`", "<p><code>a ` b</code> and <code>``</code> and <code>x y</code></p>"),
    ("`open", "<p>`open</p>"),
    ("`**a**` <b>c</b>", "<p><code>**a**</code> <strong>c</strong></p>"),
    # links
    ('[a](https://a.example/b "title") [c](<https://a.example/d e>)', '<p><a href="https://a.example/b">a</a> <a href="https://a.example/d%20e">c</a></p>'),
    ("[a](https://a.example/x_(y)) [*b*](https://b.example)", '<p><a href="https://a.example/x_(y)">a</a> <a href="https://b.example/"><em>b</em></a></p>'),
    ("arr[0], f(x)[i][j] and [not a link] (here)", "<p>arr[0], f(x)[i][j] and [not a link] (here)</p>"),
    ("[a][r], [r][], [R] and [x][no]\n\n[r]: https://r.example 'title'", '<p><a href="https://r.example/">a</a>, <a href="https://r.example/">r</a>, <a href="https://r.example/">R</a> and [x][no]</p>'),
    ("[a](/relative) [b](javascript:x) [c](mailto:a@b.example)", '<p><a>a</a> <a>b</a> <a href="mailto:a@b.example">c</a></p>'),
    ("[outer [inner](https://i.example)](https://o.example)", '<p>[outer <a href="https://i.example/">inner</a>](<a href="https://o.example/">https://o.example</a>)</p>'),
    ("![a *cat*](https://c.example/x.png)", '<p><a class="picture" href="https://c.example/x.png">image: a cat (c.example)</a></p>'),
    # autolinks
    ("https://a.example/b_c_d?e=f&g, www.b.example.", '<p><a href="https://a.example/b_c_d?e=f&amp;g">https://a.example/b_c_d?e=f&amp;g</a>, <a href="http://www.b.example/">www.b.example</a>.</p>'),
    ("(https://a.example/(x)) **https://b.example**", '<p>(<a href="https://a.example/(x)">https://a.example/(x)</a>) <strong><a href="https://b.example/">https://b.example</a></strong></p>'),
    ("<https://a.example/x> <me@b.example> you@c.example.", '<p><a href="https://a.example/x">https://a.example/x</a> <a href="mailto:me@b.example">me@b.example</a> <a href="mailto:you@c.example">you@c.example</a>.</p>'),
    ('{"u":"https://a.example/x"} xhttps://no.example', '<p>{"u":"<a href="https://a.example/x">https://a.example/x</a>"} xhttps://no.example</p>'),
    ("看https://a.example/x。好", '<p>看<a href="https://a.example/x">https://a.example/x</a>。好</p>'),
    # entities and HTML
    ("&copy; &amp; &#65; &#x1F600; &nope; &lt;b&gt;", "<p>© &amp; A 😀 &amp;nope; &lt;b&gt;</p>"),
    ("H<sub>2</sub>O, <kbd>Ctrl</kbd>, a<br>b<br/>c", "<p>H<sub>2</sub>O, <kbd>Ctrl</kbd>, a<br>b<br>c</p>"),
    ("<div class='x'>\n<p onclick=y>text</p>\n</div>", "<p>&lt;div class='x'&gt;<br>&lt;p onclick=y&gt;text&lt;/p&gt;<br>&lt;/div&gt;</p>"),
    ("a < b && c > d, x<y>z", "<p>a &lt; b &amp;&amp; c &gt; d, x&lt;y&gt;z</p>"),
    # lists
    ("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("* a\n+ b", "<ul><li><p>a</p></li></ul><ul><li><p>b</p></li></ul>"),
    ("3. a\n4. b\n\n7) c", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol><ol start="7"><li><p>c</p></li></ol>'),
    ("- a\n\n- b", '<ul class="loose"><li><p>a</p></li><li><p>b</p></li></ul>'),
    ("- a\n  - b\n    - c\n  - d\n- e", "<ul><li><p>a</p><ul><li><p>b</p><ul><li><p>c</p></li></ul></li><li><p>d</p></li></ul></li><li><p>e</p></li></ul>"),
    ("1. a\n   ```py\n   x = 1\n   ```\n2. b", '<ol><li><p>a</p><pre lang="py">x = 1</pre></li><li><p>b</p></li></ol>'),
    ("1. a\n\n   b\n\n   > c\n\n2. d", '<ol class="loose"><li><p>a</p><p>b</p><blockquote><p>c</p></blockquote></li><li><p>d</p></li></ol>'),
    ("- a\nlazy\n\nnot lazy", "<ul><li><p>a<br>lazy</p></li></ul><p>not lazy</p>"),
    ("The year\n2024. was good\n- but", "<p>The year<br>2024. was good</p><ul><li><p>but</p></li></ul>"),
    ("-\n- a\n-  b", "<ul><li></li><li><p>a</p></li><li><p>b</p></li></ul>"),
    # tasks
    ("- [ ] a\n- [x] **b**\n- [X] c\n- [y] d\n- [ ]", "<ul><li><p>[ ] a</p></li><li><p>[x] <strong>b</strong></p></li><li><p>[x] c</p></li><li><p>[y] d</p></li><li><p>[ ]</p></li></ul>"),
    ("1. [x] a\n   - [ ] b", "<ol><li><p>[x] a</p><ul><li><p>[ ] b</p></li></ul></li></ol>"),
    # quotes
    ("> a\n> b\nlazy\n\n> c", "<blockquote><p>a<br>b<br>lazy</p></blockquote><blockquote><p>c</p></blockquote>"),
    ("> # H\n> - a\n>   > b\n> ```\n> code\n> ```", "<blockquote><h3>H</h3><ul><li><p>a</p><blockquote><p>b</p></blockquote></li></ul><pre>code</pre></blockquote>"),
    # code blocks
    (f"```py title=x\n{CODE}\n```\nafter", f'<pre lang="py">{CODE}</pre><p>after</p>'),
    ("~~~\n```\nnot closed by the others\n~~~~\nafter", "<pre>```\nnot closed by the others</pre><p>after</p>"),
    ("````\n```\n````", "<pre>```</pre>"),
    ("    a\n\n      b\nc", "<pre>a\n\n  b</pre><p>c</p>"),
    ("```\nnever closed\n\n# not a heading", "<pre>never closed\n\n# not a heading</pre>"),
    ("a ```not a fence``` b", "<p>a <code>not a fence</code> b</p>"),
    ("  ```\n  in\n    more\n  ```", "<pre>in\n  more</pre>"),
    # tables
    ("| a | b |\n|---|:-:|\n| 1 | **2** |\n\nafter", '<table><thead><tr><th>a</th><th class="to-center">b</th></tr></thead><tbody><tr><td>1</td><td class="to-center"><strong>2</strong></td></tr></tbody></table><p>after</p>'),
    ("a | b\n:-- | --:\n1 | 2\n3", '<table><thead><tr><th class="to-left">a</th><th class="to-right">b</th></tr></thead><tbody><tr><td class="to-left">1</td><td class="to-right">2</td></tr><tr><td class="to-left">3</td><td class="to-right"></td></tr></tbody></table>'),
    ("| a |\n|---|\n| x \\| y | `p \\| q` |", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>x | y</td></tr></tbody></table>"),
    ("| `p \\| q` |\n|---|\n", "<table><thead><tr><th><code>p | q</code></th></tr></thead></table>"),
    ("text before\n| a | b |\n| - | - |\n> quote", "<p>text before</p><table><thead><tr><th>a</th><th>b</th></tr></thead></table><blockquote><p>quote</p></blockquote>"),
    ("| a | b |\n|---|\n| 1 | 2 |", "<p>| a | b |<br>|---|<br>| 1 | 2 |</p>"),
    ("| no table | at all |", "<p>| no table | at all |</p>"),
    ("- | a | b |\n  |---|---|\n  | 1 | 2<br>3 |", "<ul><li><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2<br>3</td></tr></tbody></table></li></ul>"),
    # footnotes
    ("a[^1] and [^no].\n\n[^1]: Note *x*\n\n    more", '<p>a<sup><a href="#note-1">1</a></sup> and [^no].</p><div class="footnote">1<div><p>Note <em>x</em></p><p>more</p></div></div>'),
    # formulas
    ("$x^2$ costs $5 or $10, \\(a_b\\) in $$c$$ $HOME", "<p>⟦x^2⟧ costs $5 or $10, ⟦a_b⟧ in ⟦⟦c⟧⟧ $HOME</p>"),
    ("$$\na\n= b\n- c\n$$\nafter", "<div>⟦⟦a\n= b\n- c⟧⟧</div><p>after</p>"),
    ("so\n\\[\nx\n\\]", "<p>so</p><div>⟦⟦x⟧⟧</div>"),
    ("$$\nnever closed\n\nafter", "<p>$$<br>never closed</p><p>after</p>"),
    ("a `$x$` $y `z` w$", "<p>a <code>$x$</code> ⟦y `z` w⟧</p>"),
    # what other parsers stumble over
    ("", ""),
    ("   \n\n \t\n", ""),
    ("> > > > > a", "<blockquote><blockquote><blockquote><blockquote><blockquote><p>a</p></blockquote></blockquote></blockquote></blockquote></blockquote>"),
    ("a\u0000b", "<p>a\ufffdb</p>"),
]  # fmt: skip

PIECES = [
    "a", "b c", "word", "**", "*", "_", "__", "~~", "~", "`", "``", "```", "\n", "\n", "\n\n", "\n\n", "- ", "  - ", "1. ", "2) ", "> ", "# ",
    "### ", "    ", "  ", "\t", "|", "| a | b |\n", "|---|---|\n", "|:-:|--:|\n", "---\n", "===\n", "[", "](", "](https://x.example/z)", ")",
    "![", "[x] ", "[ ] ", "<", "<br>", "https://a.example/d_e_f", "www.example.com.", "me@ex.example", "\\", "\\*", "&amp;", "&#65;", "$", "$$",
    "\\(", "\\)", "[^1]", "[^1]: ", "[r]", '[r]: https://r.example "t"\n', "***\n", "* * *\n", "+ ", "中文", "**重点：**", "é", "🙂", "!", ".", ",",
    "(", '"', "```py\n", "\n```\n", "~~~\n", "<sub>2</sub>", "\r\n", "$x^2$", "$5", "\\[\n", "\\]\n", "$$\n", "0", "1", "\u0000",
]  # fmt: skip


def random_texts(*, seed: int, count: int) -> list[str]:
    """Texts that no person would write, the same for the same seed."""
    source = random.Random(seed)
    return ["".join(source.choices(PIECES, k=source.randint(3, 60))) for _ in range(count)]
