"""`python -m infra.cost` writes docs/cost.md."""

from __future__ import annotations

from pathlib import Path

from infra.cost.document import render

DOCUMENT = Path(__file__).parents[2] / "docs" / "cost.md"

if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
