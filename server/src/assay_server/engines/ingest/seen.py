"""Which rows the store already holds, without asking it.

A row's `created` is part of the store's sort key and must stay what it was first, and a merge needs the stored row.
Asking the store for every new id would cost more than the insert itself. So the writer keeps one 64-bit hash and the
creation time of every row: 16 bytes a row in sorted numpy arrays. A hash collision (2**-64 a pair) only costs a
look-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import xxhash

_FRESH_LIMIT = 200_000
_MAX_RUNS = 6


def row_hash(object_id: str, row_id: str) -> int:
    """The hash the store computes as `xxHash64(concat(object_id, '\\0', id))`."""
    return xxhash.xxh64_intdigest(f"{object_id}\0{row_id}".encode())


class SeenRows:
    """Maps row hashes to creation times in microseconds. Not thread-safe: the writer owns it."""

    def __init__(self) -> None:
        self._runs: list[tuple[Any, Any]] = []
        self._fresh: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._fresh) + sum(len(hashes) for hashes, _ in self._runs)

    def load(self, blocks: Iterable[tuple[Any, Any]]) -> None:
        """Take over blocks of (hashes, created) arrays from the store."""
        loaded = [(np.asarray(h, dtype=np.uint64), np.asarray(c, dtype=np.int64)) for h, c in blocks]
        if loaded:
            self._add_run(np.concatenate([h for h, _ in loaded]), np.concatenate([c for _, c in loaded]))

    def add(self, key: int, created_us: int) -> None:
        """Remember one written row."""
        self._fresh[key] = created_us
        if len(self._fresh) >= _FRESH_LIMIT:
            hashes = np.fromiter(self._fresh.keys(), dtype=np.uint64, count=len(self._fresh))
            created = np.fromiter(self._fresh.values(), dtype=np.int64, count=len(self._fresh))
            self._fresh = {}
            self._add_run(hashes, created)

    def find(self, keys: list[int]) -> list[int | None]:
        """Creation time of each key, None for rows never written."""
        found = [self._fresh.get(key) for key in keys]
        if self._runs and None in found:
            wanted = np.array(keys, dtype=np.uint64)
            for hashes, created in self._runs:
                places = np.searchsorted(hashes, wanted)
                places[places == len(hashes)] = 0
                for at in np.flatnonzero(hashes[places] == wanted):
                    if found[at] is None:
                        found[at] = int(created[places[at]])
        return found

    def _add_run(self, hashes: Any, created: Any) -> None:
        self._runs.append(_sorted(hashes, created))
        if len(self._runs) > _MAX_RUNS:
            self._runs = [
                _sorted(
                    np.concatenate([h for h, _ in self._runs]), np.concatenate([c for _, c in self._runs])
                )
            ]


def _sorted(hashes: Any, created: Any) -> tuple[Any, Any]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], created[order]
