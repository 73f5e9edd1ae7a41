"""What is found out about a function."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """MB at most after the import, the first request and all works; milliseconds of processor.

    `largest` is the work during which memory grew for the last time.
    """

    function: str
    imported: float
    answered: float
    worked: float
    import_cpu: float
    first_cpu: float
    first: str
    largest: str

    @classmethod
    def of(cls, many: list[Measured]) -> Measured:
        """The highest peaks, the middle of times; whole numbers, as the page has them."""
        highest = max(many, key=lambda one: one.worked)
        return cls(
            highest.function,
            round(max(one.imported for one in many)),
            round(max(one.answered for one in many)),
            round(highest.worked),
            round(median(one.import_cpu for one in many)),
            round(median(one.first_cpu for one in many)),
            highest.first,
            highest.largest,
        )
