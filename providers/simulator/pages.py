"""The HTML that a person sees: allow access, copy the code, or read why not.

Plain and accessible, without any script. Every value from outside is escaped here.
"""

from __future__ import annotations

from html import escape

STYLESHEET = """\
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 10vh auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
button { font: inherit; padding: .5rem 1.5rem; cursor: pointer; }
#code { display: block; padding: 1rem; border: 1px solid; overflow-wrap: anywhere; user-select: all; }
:root { color-scheme: light dark; }
"""
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def _page(title: str, content: str, *, stylesheet: str) -> bytes:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="{stylesheet}">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
""".encode()


def allow_page(fields: dict[str, str]) -> bytes:
    """The question, with `fields` of the request carried along in the form."""
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in fields["scope"].split())
    content = f"""<p>This is Maestro's simulator. No account is needed and none is used.</p>
<p>The application <strong>{escape(fields["client_id"])}</strong> asks for:</p>
<ul>{scopes}</ul>
<form method="post" action="authorize">
{hidden}
<button type="submit">Allow</button>
</form>"""
    return _page("Allow access?", content, stylesheet="page.css")


def code_page(code: str, state: str) -> bytes:
    """The page behind the redirect URI: it shows what to paste."""
    content = f"""<p>Copy this code and paste it where you came from. It works once, for ten minutes.</p>
<code id="code" tabindex="0">{escape(code)}#{escape(state)}</code>"""
    return _page("Your code", content, stylesheet="../page.css")


def problem_page(sentence: str) -> bytes:
    """Why there is nothing to allow."""
    return _page("This link does not work", f"<p>{escape(sentence)}</p>", stylesheet="page.css")
