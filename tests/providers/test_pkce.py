from __future__ import annotations

import re

from providers.pkce import challenge_for, new_state, new_verifier


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_for(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifier_and_state_are_long_random_and_independent() -> None:
    made = {new_verifier() for _ in range(50)} | {new_state() for _ in range(50)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", value) for value in made)
