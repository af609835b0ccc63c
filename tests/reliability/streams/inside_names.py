"""Names that both sides of these tests use: the product's processes, and the tests beside them."""

from __future__ import annotations

MODEL = "simulator-large"
PROBE = "/probe"
