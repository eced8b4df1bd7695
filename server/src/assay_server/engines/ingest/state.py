"""The current state of a row and how a write changes it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw

from assay_server.engines.ingest.rawmerge import delete_members, merge_text
from assay_server.engines.ingest.rows import ASSIGNMENTS, JSON_FIELDS, RowWrite
from assay_server.ports.spans import RowKey

VERSIONED = frozenset({"experiment", "dataset"})
"""Object types whose every row version stays readable."""

Price = Callable[[str, Mapping[str, float]], float | None]
_TEXT_FIELDS = tuple(name for name in JSON_FIELDS if name != "tags")
_JUDGED = ("scores", "expected", "tags")
"""Fields that feedback changes."""
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.encode


class RowState(msgspec.Struct, gc=False):
    """One row as it stands: identity, the transaction that wrote it last, and JSON text per field that is set."""

    project_id: str
    object_type: str
    object_id: str
    id: str
    created_us: int
    span_id: str
    root_span_id: str
    span_parents: list[str]
    xact: int
    seq: int
    fields: dict[str, bytes]
    deleted: bool = False
    headless: bool = False  # its first write was a merge: the plain start row may still be on its way

    @property
    def weight(self) -> int:
        """Bytes it occupies in memory, roughly."""
        return 900 + sum(map(len, self.fields.values()))


def apply_write(
    state: RowState | None, write: RowWrite, parent: RowState | None, xact: int, seq: int
) -> RowState | None:
    """The row after one write; None when there is nothing to write (deleting or commenting on a missing row).

    `state` is not changed. `parent` is the row named by `_parent_id`, when there is one.
    """
    live = state if state is not None and not state.deleted else None
    if write.mode == "delete":
        return None if live is None else _next(live, xact, seq, {}, deleted=True)
    if write.mode == "comment":
        return (
            None
            if live is None
            else _next(live, xact, seq, _with_comment(live.fields, write.fields["comments"]))
        )
    if write.mode == "merge" and live is not None:
        return _next(live, xact, seq, _audited(_merged(live.fields, write), write))
    if live is not None and live.headless and _is_start(live, write):
        late = RowWrite(write.project_id, write.object_type, write.object_id, write.id, "merge", live.fields)
        state = _fresh(state, write, parent, xact, seq)
        return _next(state, xact, seq, _merged(state.fields, late))
    return _fresh(state, write, parent, xact, seq)


def _fresh(state: RowState | None, write: RowWrite, parent: RowState | None, xact: int, seq: int) -> RowState:
    span_id = write.span_id or write.id
    root = write.root_span_id or (parent.root_span_id if parent else span_id)
    parents = write.span_parents or ([parent.span_id] if parent else [])
    fields = _audited({name: text for name, text in write.fields.items() if text != b"null"}, write)
    return RowState(
        write.project_id, write.object_type, write.object_id, write.id,
        created_us=state.created_us if state else write.created_us or 0,
        span_id=span_id, root_span_id=root, span_parents=parents, xact=xact, seq=seq, fields=fields,
        headless=write.mode == "merge",
    )  # fmt: skip


def _next(
    state: RowState, xact: int, seq: int, fields: dict[str, bytes], *, deleted: bool = False
) -> RowState:
    return RowState(
        state.project_id, state.object_type, state.object_id, state.id, state.created_us, state.span_id,
        state.root_span_id, state.span_parents, xact, seq, fields, deleted, state.headless,
    )  # fmt: skip


def _merged(base: Mapping[str, bytes], write: RowWrite) -> dict[str, bytes]:
    fields = dict(base)
    replaced = frozenset(tuple(path) for path in write.merge_paths or ())
    for name, text in write.fields.items():
        if text == b"null":
            fields.pop(name, None)
        else:
            fields[name] = merge_text(name, fields[name], text, replaced) if name in fields else text
    return delete_members(fields, write.array_delete) if write.array_delete else fields


def _with_comment(fields: dict[str, bytes], entry: bytes) -> dict[str, bytes]:
    """Append a comment; one with a known id is the same comment sent again."""
    entries: list[dict[str, Any]] = msgspec.json.decode(fields.get("comments") or b"[]")
    new = msgspec.json.decode(entry)[0]
    kept = [old for old in entries if old["id"] != new["id"]]
    return {**fields, "comments": _encode([*kept, new])}


def _audited(fields: dict[str, bytes], write: RowWrite) -> dict[str, bytes]:
    """Note in `audit_data` who judged what; the same change sent again right away is the same change.

    Clients lay feedback over rows they have not sent yet: only what feedback can change, and whom the row is assigned
    to, is repeated in the note.
    """
    if write.audit is None:
        return fields
    extra = _decode_members(fields.get("extra") or b"{}")
    entries = msgspec.json.decode(extra.get("audit_data") or b"[]", type=list[Raw])
    changes = {name: Raw(write.fields[name]) for name in _JUDGED if name in write.fields}
    if ASSIGNMENTS.encode() in (metadata := write.fields.get("metadata", b"")):
        members = _decode_members(metadata)
        if ASSIGNMENTS in members:
            changes["metadata"] = Raw(_encode({ASSIGNMENTS: members[ASSIGNMENTS]}))
    new = _encode({**_decode_members(write.audit), "action": write.mode, "to": changes})
    if entries and bytes(entries[-1]) == new:
        return fields
    return {**fields, "extra": _encode({**extra, "audit_data": [*entries, Raw(new)]})}


def _is_start(state: RowState, write: RowWrite) -> bool:
    metrics = write.fields.get("metrics", b"")
    return (
        write.mode == "replace"
        and b'"start"' in metrics
        and b'"end"' not in metrics
        and "metrics" in state.fields
    )


def state_from_store(record: Mapping[str, Any], project_id: str = "", object_type: str = "") -> RowState:
    """Rebuild a state from a looked-up row (`SpanStore.lookup`)."""
    fields = {name: record[name].encode() for name in _TEXT_FIELDS if record[name]}
    if record["tags"]:
        fields["tags"] = _encode(record["tags"])
    if record["extra"]:
        fields["extra"] = record["extra"].encode()
    return RowState(
        project_id, object_type, record["object_id"], record["id"], record["created_us"], record["span_id"],
        record["root_span_id"], list(record["span_parents"]), int(record["_xact_id"]), int(record["_seq"]), fields,
        deleted=bool(record["_deleted"]),
    )  # fmt: skip


def encode_line(state: RowState, price: Price | None = None, *, indexed: bool = True) -> bytes:
    """One JSON line of the span table's columns. `indexed=False` leaves the derived indexes empty."""
    fields = state.fields
    attributes = _object(fields.get("span_attributes"))
    metrics = _numbers(fields.get("metrics"))
    metrics_text = fields.get("metrics", b"")
    kind = _label(attributes.get("type"))
    if price and kind == "llm" and "estimated_cost" not in metrics:
        cost = _cost(fields, metrics, price)
        if cost is not None:
            metrics["estimated_cost"] = cost
            metrics_text = merge_text("metrics", metrics_text, _encode({"estimated_cost": cost}))
    tags = msgspec.json.decode(fields["tags"]) if "tags" in fields else []
    row: dict[str, Any] = {
        "project_id": state.project_id, "object_type": state.object_type, "object_id": state.object_id,
        "created": store_time(state.created_us), "root_span_id": state.root_span_id, "id": state.id,
        "span_id": state.span_id, "span_parents": state.span_parents, "is_root": not state.span_parents,
        "_xact_id": state.xact, "_seq": state.seq,
        "_ver": state.xact if state.object_type in VERSIONED else 0, "_deleted": int(state.deleted),
        "name": _label(attributes.get("name")), "type": kind, "purpose": _label(attributes.get("purpose")),
        "tags": tags or [], "extra": fields.get("extra", b"").decode(),
    }  # fmt: skip
    for name in _TEXT_FIELDS:
        row[name] = fields.get(name, b"").decode()
    row["metrics"] = metrics_text.decode()
    if indexed:
        row["metadata_x"] = Raw(fields.get("metadata", b"{}"))
        row["scores_x"] = _numbers(fields.get("scores"))
        row["metrics_x"] = metrics
    return _encode(row)


def _cost(fields: Mapping[str, bytes], metrics: Mapping[str, float], price: Price) -> float | None:
    if not metrics.get("prompt_tokens") and not metrics.get("completion_tokens"):
        return None
    model = _object(fields.get("metadata")).get("model")
    return price(model, metrics) if isinstance(model, str) else None


def store_time(us: int) -> str:
    """Microseconds since the epoch as the store reads times."""
    seconds, micros = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") + f".{micros:06d}"


def _object(text: bytes | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        return _decode_object(text)
    except msgspec.MsgspecError:
        return {}


def _numbers(text: bytes | None) -> dict[str, float]:
    found = _object(text)
    return {
        k: v
        for k, v in found.items()
        if isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e308
    }


def _label(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""


class StateCache:
    """Least recently used row states within a byte budget. Not thread-safe: the writer owns it."""

    def __init__(self, budget: int = 64 << 20) -> None:
        self._budget = budget
        self._held: OrderedDict[RowKey, RowState] = OrderedDict()
        self._bytes = 0

    def get(self, key: RowKey) -> RowState | None:
        """The cached state, now the most recently used."""
        state = self._held.get(key)
        if state is not None:
            self._held.move_to_end(key)
        return state

    def put(self, key: RowKey, state: RowState) -> None:
        """Keep a state, letting go of the oldest beyond the budget."""
        old = self._held.pop(key, None)
        self._bytes += state.weight - (old.weight if old else 0)
        self._held[key] = state
        while self._bytes > self._budget and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._bytes -= gone.weight
