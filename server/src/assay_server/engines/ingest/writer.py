"""The single writer: takes acknowledged records in micro-batches, merges rows by id and inserts them.

Exactly once, without a transaction across log and store: an insert carries a token that names its range of
transactions, so an immediate retry is one insert; after a restart, rows whose stored version is at least as new as
the record being replayed are skipped.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from assay_server.engines.ingest.rows import RowWrite
from assay_server.engines.ingest.seen import SeenRows, row_hash
from assay_server.engines.ingest.state import (
    VERSIONED,
    Price,
    RowState,
    StateCache,
    apply_write,
    encode_line,
    state_from_store,
)
from assay_server.engines.ingest.wal import Record
from assay_server.ports.bus import SpansWritten
from assay_server.ports.spans import RowKey, SpanStore, StoreRejected, StoreUnavailable

log = logging.getLogger(__name__)

BATCH_ROWS = 8000
BATCH_BYTES = 24 << 20
T = TypeVar("T")
Key = tuple[RowKey, int]  # a row and, for versioned objects, its version


class Merger:
    """Turns records into the row versions to insert. Owned by the writer's thread."""

    def __init__(self, store: SpanStore) -> None:
        self.store = store
        self.seen = SeenRows()
        self.cache = StateCache()

    def merge(self, records: Iterable[Record], *, replaying: bool = False) -> dict[Key, RowState]:
        """Apply every write in order; the result holds the last state of each row (per version where kept)."""
        records = list(records)
        states = self._current_states(records, replaying)
        changed: dict[Key, RowState] = {}
        touched: set[RowKey] = set()
        for record in records:
            for seq, write in enumerate(record.rows):
                key = RowKey(write.object_id, write.id)
                state = states.get(key)
                if replaying and key not in touched and state is not None and state.xact >= record.xact:
                    continue  # this write reached the store before the restart
                touched.add(key)
                parent = (
                    states.get(RowKey(write.object_id, write.parent_row_id)) if write.parent_row_id else None
                )
                after = apply_write(state, write, parent, record.xact, seq)
                if after is not None:
                    states[key] = after
                    changed[key, record.xact if write.object_type in VERSIONED else 0] = after
        return changed

    def written(self, changed: dict[Key, RowState]) -> None:
        """Remember what the store now holds."""
        for (key, _), state in changed.items():
            self.cache.put(key, state)
            self.seen.add(row_hash(key.object_id, key.id), state.created_us)

    def _current_states(self, records: list[Record], replaying: bool) -> dict[RowKey, RowState | None]:
        writes: dict[RowKey, RowWrite | None] = {}
        needed: set[RowKey] = set()
        for record in records:
            for write in record.rows:
                key = RowKey(write.object_id, write.id)
                if replaying or write.mode != "replace":
                    needed.add(key)
                writes[key] = write
                if write.parent_row_id:
                    needed.add(parent := RowKey(write.object_id, write.parent_row_id))
                    writes.setdefault(parent, None)
        states: dict[RowKey, RowState | None] = {key: self.cache.get(key) for key in writes}
        unknown = [key for key, state in states.items() if state is None]
        created = self.seen.find([row_hash(k.object_id, k.id) for k in unknown])
        stored = [(key, us) for key, us in zip(unknown, created, strict=True) if us is not None]
        look_up = [(key, us) for key, us in stored if key in needed]
        for key, row in self.store.lookup(look_up).items() if look_up else ():
            states[key] = _adopt(state_from_store(row), writes[key], records)
        for key, us in stored:  # a plain replacement only needs to know when the row was first created
            if key not in needed and (write := writes[key]):
                states[key] = RowState(
                    write.project_id,
                    write.object_type,
                    write.object_id,
                    write.id,
                    us,
                    "",
                    "",
                    [],
                    0,
                    0,
                    {},
                    True,
                )
        return states


def _adopt(state: RowState, write: RowWrite | None, records: list[Record]) -> RowState:
    source = write or records[0].rows[0]  # a parent lives in the same object as the row that names it
    state.project_id, state.object_type = source.project_id, source.object_type
    return state


class Writer:
    """Runs the merger over acknowledged records and reports progress."""

    def __init__(self, store: SpanStore, *, checkpoint: Path, price: Price | None,
                 on_applied: Callable[[int, list[SpansWritten]], None]) -> None:  # fmt: skip
        self.merger = Merger(store)
        self.rejected = 0
        self._store = store
        self._price = price
        self._on_applied = on_applied
        self._checkpoint = checkpoint
        self._closing = threading.Event()

    def last_checkpoint(self) -> int:
        """Newest transaction known to be in the store (0 on a fresh data directory)."""
        try:
            return int(self._checkpoint.read_text() or 0)
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Stop retrying an unreachable store."""
        self._closing.set()

    def load(self) -> None:
        """Learn which rows the store holds."""
        self._patiently(lambda: self.merger.seen.load(self._store.seen()))

    def apply(self, records: list[Record], *, replaying: bool = False) -> bool:
        """Write one micro-batch; False when the server is closing and the store stays unreachable."""
        try:
            changed = self._patiently(lambda: self.merger.merge(records, replaying=replaying))
        except Exception as error:  # a record we cannot merge must not hold up the others
            if len(records) > 1:
                middle = len(records) // 2
                return self.apply(records[:middle], replaying=replaying) and self.apply(
                    records[middle:], replaying=replaying
                )
            self._set_aside(
                msgspec.json.encode(records[0]), f"transaction {records[0].xact} cannot be merged: {error!r}"
            )
            changed = {}
        if changed is None:
            return False
        token = f"{records[0].xact}-{records[-1].xact}"
        if changed and self._patiently(lambda: self._insert(list(changed.values()), token) or True) is None:
            return False
        self.merger.written(changed)
        last = records[-1].xact
        self._save_checkpoint(last)
        self._on_applied(last, _events(changed))
        return True

    def _insert(self, states: list[RowState], token: str) -> None:
        """Insert; halve a refused batch until the row at fault is alone, and store that one without its indexes."""
        try:
            self._store.insert([encode_line(state, self._price) for state in states], token=token)
        except StoreRejected as error:
            if len(states) > 1:
                middle = len(states) // 2
                self._insert(states[:middle], f"{token}-a")
                self._insert(states[middle:], f"{token}-b")
                return
            log.warning(
                "row %s of %s cannot be indexed (%s); stored without",
                states[0].id,
                states[0].object_id,
                error,
            )
            self._insert_plain(states[0], token)

    def _insert_plain(self, state: RowState, token: str) -> None:
        line = encode_line(state, None, indexed=False)
        try:
            self._store.insert([line], token=f"{token}-plain")
        except StoreRejected as error:
            self.rejected += 1
            self._set_aside(line, f"row {state.id} was refused by the store: {error}")

    def _set_aside(self, data: bytes, reason: str) -> None:
        """Keep what cannot be stored where an operator finds it; the writer goes on."""
        self.rejected += 1
        path = self._checkpoint.with_name("rejected.jsonl")
        log.error("%s; kept in %s", reason, path)
        with open(path, "ab", opener=_private) as file:
            file.write(data + b"\n")

    def _patiently(self, work: Callable[[], T]) -> T | None:
        """Retry while the store is down; None when the server closes first."""
        pause = 0.05
        while True:
            try:
                return work()
            except StoreUnavailable as error:
                log.warning("span store: %s", error)
                if self._closing.wait(pause):
                    return None
                pause = min(pause * 2, 1.0)

    def _save_checkpoint(self, xact: int) -> None:
        temporary = self._checkpoint.with_suffix(".new")
        with open(temporary, "w", opener=_private) as file:
            file.write(str(xact))
        os.replace(temporary, self._checkpoint)


def batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Group records up to the size of one insert."""
    batch: list[Record] = []
    rows = size = 0
    for record in records:
        batch.append(record)
        rows += len(record.rows)
        size += sum(len(text) for write in record.rows for text in write.fields.values())
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, rows, size = [], 0, 0
    if batch:
        yield batch


def _events(changed: dict[Key, RowState]) -> list[SpansWritten]:
    grouped: dict[tuple[str, str, str], set[str]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for state in changed.values():
        key = (state.project_id, state.object_type, state.object_id)
        grouped.setdefault(key, set()).add(state.root_span_id)
        counts[key] = counts.get(key, 0) + 1
    return [
        SpansWritten(*key, root_span_ids=tuple(roots), count=counts[key]) for key, roots in grouped.items()
    ]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
