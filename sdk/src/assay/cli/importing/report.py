"""What an import did: counts by kind, what was refused and why, what the source does not have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from assay.cli.importing.state import State
from assay.cli.output import note

_SCOPE = "refused"
NOT_TRIED_AGAIN = frozenset({"dataset rows", "experiment rows", "log rows", "attachments"})
"""Kinds that a later run passes over: what was refused of them stays listed until it is copied."""


@dataclass(slots=True)
class Count:
    """Objects or rows of one kind: copied by this run, there already, refused."""

    copied: int = 0
    there: int = 0
    refused: int = 0


class Report:
    """Fills while the import runs; problems are also said on stderr at once."""

    def __init__(self, state: State) -> None:
        self.counts: dict[str, Count] = {}
        self.skipped: list[str] = []
        self._state = state
        self._refused: dict[str, dict[str, str]] = {key: one for key, one in state.items(_SCOPE) if one}
        for one in self._refused.values():
            self._count(one["kind"]).refused += 1

    @property
    def refused(self) -> list[dict[str, str]]:
        """What was refused, by this run or an earlier one, and not copied since."""
        return list(self._refused.values())

    def copied(self, kind: str, number: int = 1) -> None:
        """Count what was copied."""
        self._count(kind).copied += number

    def there(self, kind: str, number: int = 1) -> None:
        """Count what was there already."""
        self._count(kind).there += number

    def refuse(self, kind: str, where: str, one: str, reason: str) -> None:
        """Something was not taken; the rest goes on."""
        note(f"refused: {kind} {one} in {where}: {reason}")
        key = _key(kind, where, one)
        if key not in self._refused:
            self._count(kind).refused += 1
        self._refused[key] = {"kind": kind, "in": where, "id": one, "reason": reason}
        if kind in NOT_TRIED_AGAIN:
            self._state.put(_SCOPE, key, self._refused[key])

    def took(self, kind: str, where: str, one: str) -> None:
        """Something was taken that may have been refused before."""
        key = _key(kind, where, one)
        if self._refused.pop(key, None) is not None:
            self._count(kind).refused -= 1
            self._state.put(_SCOPE, key, None)

    def skip(self, text: str) -> None:
        """Something cannot be copied as the source does not have it; said once."""
        if text not in self.skipped:
            self.skipped.append(text)
            note(f"skipped: {text}")

    def as_json(self) -> dict[str, Any]:
        """The whole of it."""
        counts = {kind: asdict(count) for kind, count in self.counts.items()}
        return {"counts": counts, "refused": self.refused, "skipped": self.skipped}

    def _count(self, kind: str) -> Count:
        return self.counts.setdefault(kind, Count())


def _key(kind: str, where: str, one: str) -> str:
    return "\n".join((kind, where, one))
