"""Secrets whose text changes after it was first read."""

from __future__ import annotations


class KeptSecrets:
    """`texts` in turn: the first until `renewed` is asked for, then the next."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.reads = 0

    def get(self, name: str) -> str:
        return self._texts[0]

    def renewed(self, name: str) -> str:
        self.reads += 1
        if len(self._texts) > 1:
            del self._texts[0]
        return self._texts[0]
