"""Short answers: a table of facts, a little arithmetic, and talk about the conversation itself.

Deterministic. Says plainly that it is a simulator when asked who it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

IDENTITY = (
    "I am Maestro's simulator. I am a small program that speaks the same wire format as a real provider, "
    "and no language model: I know a few facts, I can write a sample answer in Markdown, and everything I "
    "say is made up of prepared text."
)
GREETING = (
    "Hello! I am Maestro's simulator, so this works without an account. Ask me for the capital of a country, "
    "a small calculation, or how to write a program, and I will answer with prepared text."
)
CAPITALS = {
    "argentina": "Buenos Aires", "australia": "Canberra", "austria": "Vienna", "belgium": "Brussels",
    "brazil": "Brasília", "bulgaria": "Sofia", "canada": "Ottawa", "chile": "Santiago", "china": "Beijing",
    "croatia": "Zagreb", "cuba": "Havana", "denmark": "Copenhagen", "egypt": "Cairo", "england": "London",
    "estonia": "Tallinn", "finland": "Helsinki", "france": "Paris", "germany": "Berlin", "greece": "Athens",
    "hungary": "Budapest", "iceland": "Reykjavík", "india": "New Delhi", "indonesia": "Jakarta",
    "ireland": "Dublin", "italy": "Rome", "japan": "Tokyo", "kenya": "Nairobi", "latvia": "Riga",
    "lithuania": "Vilnius", "mexico": "Mexico City", "morocco": "Rabat", "netherlands": "Amsterdam",
    "new zealand": "Wellington", "nigeria": "Abuja", "norway": "Oslo", "peru": "Lima", "poland": "Warsaw",
    "portugal": "Lisbon", "romania": "Bucharest", "serbia": "Belgrade", "slovakia": "Bratislava",
    "slovenia": "Ljubljana", "south korea": "Seoul", "spain": "Madrid", "sweden": "Stockholm",
    "switzerland": "Bern", "thailand": "Bangkok", "turkey": "Ankara", "ukraine": "Kyiv",
    "united kingdom": "London", "united states": "Washington, D.C.", "uruguay": "Montevideo",
    "vietnam": "Hanoi",
}  # fmt: skip
# What a question must contain → the answer. The first match wins.
FACTS: tuple[tuple[str, str], ...] = (
    (r"\b(largest|biggest) planet\b", "Jupiter is the largest planet of the Solar System."),
    (r"\bspeed of light\b", "Light travels at 299,792,458 metres per second in a vacuum."),
    (
        r"\b(highest|tallest) mountain\b",
        "Mount Everest is the highest mountain above sea level: 8,849 metres.",
    ),
    (r"\blongest river\b", "The Nile is usually named the longest river, at about 6,650 kilometres."),
    (r"\b(largest|biggest) ocean\b", "The Pacific is the largest ocean."),
    (r"\bboil(s|ing)?\b.*\bwater\b|\bwater\b.*\bboil", "Water boils at 100 °C at sea level."),
    (r"\bchemical (symbol|formula)\b.*\bwater\b", "Water is H₂O."),
    (r"\bcolou?r\b.*\bsky\b|\bsky\b.*\bblue\b", "The sky is blue because air scatters blue light the most."),
    (r"\bhamlet\b", "William Shakespeare wrote *Hamlet*, around 1600."),
    (r"\bdays\b.*\bleap year\b", "A leap year has 366 days."),
    (r"\bmoon landing\b|\bfirst\b.*\bon the moon\b", "Neil Armstrong stepped on the Moon on 20 July 1969."),
    (r"\b(value|digits) of pi\b", "π is about 3.14159."),
    (r"\bmeaning of life\b", "42, according to a well-known novel by Douglas Adams."),
    (r"\bthank(s| you)\b", "You are welcome."),
)
QUESTION_CHARACTERS = 160
SUM = re.compile(r"(-?\d{1,9})\s*([-+*/x×÷]|plus|minus|times|divided by)\s*(-?\d{1,9})")
OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    **dict.fromkeys(("+", "plus"), lambda a, b: a + b),
    **dict.fromkeys(("-", "minus"), lambda a, b: a - b),
    **dict.fromkeys(("*", "x", "×", "times"), lambda a, b: a * b),
    **dict.fromkeys(("/", "÷", "divided by"), lambda a, b: a / b),
}


def short_answer(prompt: str, earlier: Sequence[str]) -> str | None:
    """A sentence or two, or None if nothing fits. `earlier` is what the user wrote before, oldest first."""
    asked = " ".join(prompt.lower().split())
    # In a long text the words of a fact turn up by chance.
    attempts = (_about_us, _about_earlier, _repeat, _capital, _arithmetic, _fact)
    for attempt in attempts if len(asked) <= QUESTION_CHARACTERS else (_repeat,):
        if answer := attempt(asked, prompt, earlier):
            return answer
    return None


def _about_us(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    if re.search(
        r"\b(who|what) are you\b|\bare you (an? )?(ai|model|human|real|claude)\b|your name\b", asked
    ):
        return IDENTITY
    if re.fullmatch(r"(hi|hello|hey|good (morning|evening|afternoon))\b.{0,20}", asked):
        return GREETING
    return None


def _about_earlier(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    if re.search(r"\bmy name\b", asked) and "?" in asked:
        names = [found[1] for text in earlier if (found := re.search(r"(?i)\bmy name is (\w+)", text))]
        return f"You told me that your name is {names[-1]}." if names else "You have not told me your name."
    if re.search(r"\bwhat did i (just )?(say|ask|write)\b|\bmy (last|previous) (question|message)\b", asked):
        if not earlier:
            return "This is the first thing you wrote in this conversation."
        return f"Before this you wrote: “{_shortened(earlier[-1])}”"
    if found := re.search(r"(?i)\bmy name is (\w+)", prompt):
        return f"Nice to meet you, {found[1]}."
    return None


def _repeat(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    found = re.match(r"(?is)\s*(?:please )?(?:say|repeat|echo)(?: after me)?[:,]?\s+(.+)", prompt)
    return found[1].strip() if found else None


def _capital(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    if "capital" not in asked:
        return None
    for country, capital in CAPITALS.items():
        if re.search(rf"\b{country}\b", asked):
            return f"The capital of {country.title()} is {capital}."
    return None


def _arithmetic(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    found = SUM.search(asked)
    if not found or len(asked) > 60:
        return None
    left, sign, right = Fraction(found[1]), found[2], Fraction(found[3])
    if not right and sign in ("/", "÷", "divided by"):
        return "Nothing can be divided by zero."
    result = OPERATIONS[sign](left, right)
    shown = f"{result.numerator:,}" if result.denominator == 1 else f"about {float(result):.6g}"
    return f"{found[0]} = {shown}."


def _fact(asked: str, prompt: str, earlier: Sequence[str]) -> str | None:
    return next((answer for pattern, answer in FACTS if re.search(pattern, asked)), None)


def _shortened(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
