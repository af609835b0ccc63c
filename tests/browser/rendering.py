"""Renders Markdown with the page's own modules, and says in short HTML what became of it."""

from __future__ import annotations

from tests.browser.steps import Tab

# Defines `render(texts, cut)`: each text, written in pieces whose lengths `cut` gives, into an element of the page.
MODULES = """
const {MarkdownStream} = await import('/static/chat/js/markdown/stream.js');
const render = (texts, cut) => texts.map((text) => {
  const root = document.querySelector('main').appendChild(document.createElement('div'));
  root.className = 'prose';
  const stream = new MarkdownStream(root);
  for (let at = 0; at < text.length; ) {
    const size = cut();
    stream.write(text.slice(at, at + size));
    stream.flush();
    at += size;
  }
  stream.end();
  stream.flush();
  return root;
});
"""
# The structure without what belongs to looks: frames, buttons, classes, the attributes that every link has.
SHORT = """
const short = (root) => {
  const copy = root.cloneNode(true);
  for (const box of copy.querySelectorAll('input')) box.replaceWith(box.checked ? '[x] ' : '[ ] ');
  for (const block of copy.querySelectorAll('.code')) {
    const pre = document.createElement('pre');
    const language = block.querySelector('header span').textContent;
    if (language !== 'text') pre.setAttribute('lang', language);
    pre.textContent = block.querySelector('code').textContent;
    block.replaceWith(pre);
  }
  for (const math of copy.querySelectorAll('.math')) {
    const source = math.querySelector('annotation, code')?.textContent ?? math.textContent;
    math.replaceWith(math.matches('.display') ? `⟦⟦${source}⟧⟧` : `⟦${source}⟧`);
  }
  for (const frame of copy.querySelectorAll('.table, .section, span')) frame.replaceWith(...frame.childNodes);
  for (const node of copy.querySelectorAll('*')) {
    for (const name of node.getAttributeNames()) {
      const kept = ['href', 'lang', 'start'].includes(name) || (name === 'class' && /^(to-|loose|more|picture|footnote)/.test(node.className));
      if (!kept) node.removeAttribute(name);
      else if (name === 'href') node.setAttribute(name, node.getAttribute(name).replace(/note-\\d+-/, 'note-'));
    }
  }
  return copy.innerHTML;
};
"""


def shapes(tab: Tab, texts: list[str], *, size: int = 1_000_000) -> list[str]:
    """The short HTML of each text, written in pieces of `size` UTF-16 units."""
    script = (
        f"async ({{texts, size}}) => {{ {MODULES} {SHORT} return render(texts, () => size).map(short); }}"
    )
    html: list[str] = tab.page.evaluate(script, {"texts": texts, "size": size})
    return html


def unlike(tab: Tab, texts: list[str], *, seed: int) -> list[str]:
    """Those of the texts that written in small random pieces give another page than written at once."""
    script = f"""async ({{texts, seed}}) => {{ {MODULES}
      let state = seed;
      const random = (below) => (state = (state * 1103515245 + 12345) % 2147483648) % below;
      const made = (text, cut) => {{
        const [root] = render([text], cut);
        const html = root.innerHTML.replace(/note-\\d+-/g, 'note-');
        root.remove();
        return html;
      }};
      return texts.filter((text) => {{
        const whole = made(text, () => text.length);
        return [() => 1, () => 1 + random(5), () => 1 + random(40)].some((cut) => made(text, cut) !== whole);
      }});
    }}"""
    found: list[str] = tab.page.evaluate(script, {"texts": texts, "seed": seed})
    return found
