"""Long answers: well-formed Markdown with headings, lists, a table and code, about any topic.

Prepared text with the topic put in; `subscriptions` has the one about web payments.
"""

from __future__ import annotations

import re

from providers.simulator.subscriptions import SUBSCRIPTIONS

WANTS_ESSAY = re.compile(
    r"\b(how (would|do|can|should) (you|i|we)|write|explain|describe|design|implement|build|create|compare|plan"
    r"|essay|guide|tutorial|code|program|function|application)\b",
    re.IGNORECASE,
)
LONG_PROMPT = 160  # characters; whoever writes that much expects more than a sentence
LEADING_WORDS = re.compile(
    r"^(please\s+)?(how (would|do|can|should) (you|i|we)|can you|could you|write( me)?|explain( to me)?|describe"
    r"|design|implement|build|create|plan|give me|tell me( about)?|what is|what are)\b\s*",
    re.IGNORECASE,
)

ESSAY = """\
## {title}

This is a sample answer of Maestro's simulator about **{topic}**. It has the shape of a real answer, so that \
you can see how a long one arrives, but its content is prepared text.

### The idea in short

1. Say what {topic} has to do, in one sentence that a colleague could check.
2. Find the smallest version that somebody could use, and make only that.
3. Look at it with the person who needs it, then decide what comes next.

### Parts and what they are for

| Part | Task | How you notice that it works |
|---|---|---|
| Input | takes what people give, and refuses the rest | a wrong value gets a clear sentence |
| Core | decides, and knows nothing of the outside | it can be tested without a network |
| Storage | keeps what must not be lost | a restart changes nothing |
| Output | shows the result | a person understands it at first sight |

### A sketch in Python

```python
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    \"\"\"What somebody asks of {topic}.\"\"\"

    text: str
    limit: int = 10


def handle(request: Request) -> list[str]:
    \"\"\"Split the request into at most `limit` steps.\"\"\"
    if not request.text.strip():
        raise ValueError("Write something first.")
    steps = [part.strip() for part in request.text.split(".") if part.strip()]
    return steps[: request.limit]


if __name__ == "__main__":
    for number, step in enumerate(handle(Request("Think. Try. Look again.")), start=1):
        print(f"{{number}}. {{step}}")
```

The core is a plain function, and that is on purpose: it takes a value and returns a value. Everything that can \
fail for outside reasons (files, networks, clocks) stays at the edge, where it can be replaced in a test.

### Trying it

```bash
python -m venv .venv
.venv/bin/python sketch.py
```

### What usually goes wrong

- **Too much at once.** A first version that does one thing is finished; one that does five things is not.
- **Silent failures.** If something cannot be done, say so where the person looks, with what to do next.
- **No way back.** Keep the old data until the new form has been read once.

> A good test of a design is how it feels to explain it to somebody else.

### Next steps

- [ ] Write down three examples with the result you expect.
- [ ] Turn them into tests before the code grows.
- [ ] Measure once, before making anything faster.

If you tell me more about {topic}, I would put it into the same words again: I am a simulator. With a real \
provider session the answer would be about your case.
"""


def is_essay_wanted(prompt: str) -> bool:
    """Whether the prompt asks for more than a sentence."""
    return len(prompt) > LONG_PROMPT or WANTS_ESSAY.search(prompt) is not None


def essay(prompt: str) -> str:
    """A long Markdown answer."""
    words = prompt.lower()
    if "stripe" in words or ("fastapi" in words and "subscription" in words):
        return SUBSCRIPTIONS
    topic = topic_of(prompt)
    return ESSAY.format(topic=topic, title=topic[:1].upper() + topic[1:])


def lengthen(text: str, *, tokens: int, characters_per_token: int) -> str:
    """The text with numbered paragraphs added until it has at least `tokens`."""
    pieces, size, number = [text], len(text), 0
    while size < tokens * characters_per_token:
        number += 1
        piece = f"\n\nParagraph {number}. This one is here only because a longer answer was asked for."
        pieces.append(piece)
        size += len(piece)
    return "".join(pieces)


def topic_of(prompt: str) -> str:
    """What the prompt is about, as a few words that fit into a sentence."""
    first = re.split(r"[?!.\n]", prompt.strip(), maxsplit=1)[0]
    words = LEADING_WORDS.sub("", first).strip(" ,:;`*_#<>|[]")
    words = LEADING_WORDS.sub("", words) or first or "your question"
    # Markdown characters of the prompt would change how our own text is shown.
    words = re.sub(r"[`*_#<>|\[\]\\{}]", "", " ".join(words.split()[:12]))
    return words or "your question"
