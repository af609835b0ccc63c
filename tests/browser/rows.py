"""Conversations that are there already: stored beside the running server, as answers of long ago."""

from __future__ import annotations

import json

from tests.system.servers import Server

# Texts of a question and an answer, by number; the answer has all that a page must lay out.
_STORE = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from django.contrib.auth.models import User
from chat.models import Conversation, Generation, Message
from chat.parts import encode_parts
from providers.messages import TextPart
made = json.load(sys.stdin)
owner = User.objects.get(username="ada")
talk = Conversation.objects.create(owner=owner, title=made["title"])
last = None
for number, text in enumerate(made["texts"]):
    role = "assistant" if number % 2 else "user"
    facts = dict(session_name="personal_claude", session_initials="PC", session_color=1, model="sim-large") if number % 2 else dict()
    last = Message.objects.create(conversation=talk, role=role, parts_json=encode_parts((TextPart(text=text),)), parent=last, **facts)
    if number % 2:
        Generation.objects.create(message=last, user=owner, status="complete", epoch=1)
long_ago = timezone.now() - timedelta(days=1)  # else they count as sent in this minute
Generation.objects.filter(message__conversation=talk).update(created_at=long_ago)
print("stored", talk.pk)
"""

# A conversation in which each text stands wherever something from outside can stand.
_STORE_EVERYWHERE = """
import json, sys, uuid
from datetime import timedelta
from django.utils import timezone
from django.contrib.auth.models import User
from chat.log import ErrorFacts
from chat.models import Attachment, Conversation, Generation, Message
from chat.parts import AttachmentPart, encode_parts
from providers.messages import DocumentPart, ProviderPart, TextPart, ThinkingPart, ToolResultPart, ToolUsePart
from providers.shown import Shown, Source
import msgspec
made = json.load(sys.stdin)
owner = User.objects.get(username="ada")
talk = Conversation.objects.create(owner=owner, title=made["title"][:120], title_is_chosen=True, model=made["title"][:200])
last = None
for text in made["texts"]:
    file = AttachmentPart(id=uuid.uuid4(), name=text[:255], media_type="application/pdf", size=1)
    asked = (file, TextPart(text=text))
    last = Message.objects.create(conversation=talk, role="user", parts_json=encode_parts(asked), parent=last)
    source = Source(title=text, url=text, passage=text)
    answered = (
        ThinkingPart(text=text), ToolUsePart(id="1", name=text, input={text: text}), ToolResultPart(tool_use_id="1", text=text),
        ProviderPart(provider="simulator", block={"type": text, "text": text}),
        ProviderPart(provider="simulator", block={}, shown=Shown(title=text, detail=text, text=text, sources=(source,))),
        DocumentPart(data="", title=text), TextPart(text=text, sources=(source,)),
    )
    last = Message.objects.create(
        conversation=talk, role="assistant", parts_json=encode_parts(answered), parent=last, status="failed",
        session_name=text[:100], session_initials=text[:4], session_color=1, model=text[:200],
    )
    facts = ErrorFacts(kind=text, message=text, request_id=text, advice=text)
    Generation.objects.create(
        message=last, user=owner, status="failed", epoch=1, model=text[:200], stop_reason=text[:40], stop_explanation=text,
        error_json=msgspec.json.encode(facts).decode(),
    )
long_ago = timezone.now() - timedelta(days=1)
Generation.objects.filter(message__conversation=talk).update(created_at=long_ago)
print("stored", talk.pk)
"""


def stored_conversation(server: Server, texts: list[str], *, title: str = "Stored") -> str:
    """The path of a conversation in which these texts alternate, a question first."""
    return _store(server, _STORE, texts, title)


def stored_rows(server: Server, texts: list[str], *, title: str) -> str:
    """The path of a conversation with a question and a failed answer for each text, which is also the name of the model, of
    a tool, of a file, of the payer, the error, a source and what was thought."""
    return _store(server, _STORE_EVERYWHERE, texts, title)


def _store(server: Server, script: str, texts: list[str], title: str) -> str:
    done = server.manage("shell", "-c", script, stdin=json.dumps({"title": title, "texts": texts}))
    assert "stored" in done.stdout, done.stderr
    return f"/c/{done.stdout.split()[-1]}/"


def long_talk(count: int) -> list[str]:
    """Questions and answers of different heights, each with its number."""
    answer = "## Part {0}\n\nAnswer number {0} has **some** words, `code` and a list:\n\n- one\n- two\n\n```py\nx = {0}\n```\n\n"
    return [
        answer.format(number) + "A sentence that fills the line. " * (number % 23) if number % 2 else f"Question number {number}?"
        for number in range(count)
    ]  # fmt: skip
