"""What a page must not have after it has shown texts of strangers: scripts that ran, things that load, broken policies."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.steps import Tab

# A policy that was broken, also where nothing is written to the console.
LISTEN = "addEventListener('securitypolicyviolation', (event) => (window.broken ??= []).push(`${event.violatedDirective} ${event.blockedURI}`))"
FOUND = """() => {
  const all = [...document.querySelectorAll('body *')];
  const own = (url) => new URL(url, location.href).origin === location.origin;
  const named = (name) => all.flatMap((node) => (node.hasAttribute(name) ? [`${node.localName} ${name}=${node.getAttribute(name)}`] : []));
  return {
    hacked: window.hacked ?? 0,
    broken: window.broken ?? [],
    tags: all.filter((node) => ['iframe', 'object', 'embed', 'base', 'meta', 'link', 'style', 'frame', 'video', 'audio', 'foreignObject', 'animate', 'set'].includes(node.localName)).map((node) => node.localName),
    scripts: all.filter((node) => node.localName === 'script' && !(node.src ? own(node.src) : node.type === 'application/json')).length,
    handlers: all.flatMap((node) => node.getAttributeNames().filter((name) => name.startsWith('on'))),
    sources: [...named('src'), ...named('srcset'), ...named('poster'), ...named('background'), ...named('ping')].filter((found) => !/^(script|img) src=\\//.test(found)),
    links: [...document.querySelectorAll('a[href]')].filter((link) => !['http:', 'https:', 'mailto:'].includes(link.protocol)).map((link) => link.href),
    outside: [...document.querySelectorAll('main a[href]')].filter((link) => !own(link.href) && !/noopener/.test(link.rel)).map((link) => link.href),
    styled: all.filter((node) => /url|expression|fixed/i.test(node.getAttribute('style') ?? '')).map((node) => node.outerHTML.slice(0, 200)),
    doubled: [...new Set(all.map((node) => node.id).filter((id, at, ids) => id && ids.indexOf(id) !== at))],
  };
}"""
CLEAN = {
    "hacked": 0, "broken": [], "tags": [], "scripts": 0, "handlers": [], "sources": [], "links": [], "outside": [], "styled": [], "doubled": [],
}  # fmt: skip


def listening(tab: Tab) -> Tab:
    """The same tab, which from its next page on remembers policies that were broken."""
    tab.page.add_init_script(LISTEN)
    return tab


def assert_harmless(page: Page) -> None:
    """Once everything that was started has come to rest."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('[data-markdown]')")
    assert page.evaluate(FOUND) == CLEAN
