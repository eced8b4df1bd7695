"""The current state of a row and how a write changes it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw

from assay_server.engines.ingest.notes import farewell, noted, signature
from assay_server.engines.ingest.rawmerge import delete_members, merge_text
from assay_server.engines.ingest.rows import JSON_FIELDS, RowWrite
from assay_server.engines.pricing import total_cost
from assay_server.ports.spans import RowKey

VERSIONED = frozenset({"experiment", "dataset"})
"""Object types whose every row version stays readable."""

Price = Callable[[str, Mapping[str, float]], Mapping[str, float] | None]
"""What the parts of a model call cost in dollars; see `pricing.parts`."""
_TEXT_FIELDS = tuple(name for name in JSON_FIELDS if name != "tags")
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
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
    author: str = ""  # of the newest write

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
        return (
            None
            if live is None
            else _next(live, write, xact, seq, farewell(live.fields, write, xact), deleted=True)
        )
    if write.mode == "comment":
        return (
            None if live is None else _next(live, write, xact, seq, _with_comment(live.fields, write, xact))
        )
    if write.mode == "merge" and live is not None:
        fields = noted(_merged(live.fields, write), write, xact, before=live.fields)
        return _next(live, write, xact, seq, fields)
    if live is not None and live.headless and _is_start(live, write):
        late = RowWrite(write.project_id, write.object_type, write.object_id, write.id, "merge", live.fields)
        state = _fresh(state, write, parent, xact, seq)
        return _next(state, write, xact, seq, _merged(state.fields, late))
    return _fresh(state, write, parent, xact, seq)


def _fresh(state: RowState | None, write: RowWrite, parent: RowState | None, xact: int, seq: int) -> RowState:
    span_id = write.span_id or write.id
    root = write.root_span_id or (parent.root_span_id if parent else span_id)
    parents = write.span_parents or ([parent.span_id] if parent else [])
    fields = noted({name: text for name, text in write.fields.items() if text != b"null"}, write, xact)
    return RowState(
        write.project_id, write.object_type, write.object_id, write.id,
        created_us=state.created_us if state else write.created_us or 0,
        span_id=span_id, root_span_id=root, span_parents=parents, xact=xact, seq=seq, fields=fields,
        headless=write.mode == "merge", author=write.author,
    )  # fmt: skip


def _next(
    state: RowState, write: RowWrite, xact: int, seq: int, fields: dict[str, bytes], *, deleted: bool = False
) -> RowState:
    return RowState(
        state.project_id, state.object_type, state.object_id, state.id, state.created_us, state.span_id,
        state.root_span_id, state.span_parents, xact, seq, fields, deleted, state.headless, write.author,
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


def _with_comment(fields: dict[str, bytes], write: RowWrite, xact: int) -> dict[str, bytes]:
    """Append a comment, with who made it; one with a known id is the same comment sent again."""
    entries: list[dict[str, Any]] = msgspec.json.decode(fields.get("comments") or b"[]")
    new = msgspec.json.decode(write.fields["comments"])[0] | signature(write, xact)
    kept = [old for old in entries if old["id"] != new["id"]]
    return {**fields, "comments": _encode([*kept, new])}


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
    costs = _costs(fields, metrics, price) if price and kind == "llm" else {}
    if costs and "estimated_cost" not in metrics:
        metrics["estimated_cost"] = total_cost(costs)
        metrics_text = merge_text(
            "metrics", metrics_text, _encode({"estimated_cost": metrics["estimated_cost"]})
        )
    tags = msgspec.json.decode(fields["tags"]) if "tags" in fields else []
    row: dict[str, Any] = {
        "project_id": state.project_id, "object_type": state.object_type, "object_id": state.object_id,
        "created": store_time(state.created_us), "root_span_id": state.root_span_id, "id": state.id,
        "span_id": state.span_id, "span_parents": state.span_parents, "is_root": not state.span_parents,
        "_xact_id": state.xact, "_seq": state.seq,
        "_ver": state.xact if state.object_type in VERSIONED else 0, "_deleted": int(state.deleted),
        "name": _label(attributes.get("name")), "type": kind, "purpose": _label(attributes.get("purpose")),
        "author": state.author, "tags": tags or [], "extra": fields.get("extra", b"").decode(),
    }  # fmt: skip
    for name in _TEXT_FIELDS:
        row[name] = fields.get(name, b"").decode()
    row["metrics"] = metrics_text.decode()
    if indexed:
        row["metadata_x"] = Raw(fields.get("metadata", b"{}"))
        row["scores_x"] = _numbers(fields.get("scores"))
        row["metrics_x"] = metrics
        row["cost_x"] = costs
    return _encode(row)


def _costs(fields: Mapping[str, bytes], metrics: Mapping[str, float], price: Price) -> Mapping[str, float]:
    """The parts of a call's cost in dollars, {} when unknown. They add up to the cost that the span itself states."""
    if not metrics.get("prompt_tokens") and not metrics.get("completion_tokens"):
        return {}
    model = _object(fields.get("metadata")).get("model")
    found = price(model, metrics) if isinstance(model, str) else None
    if not found:
        return {}
    listed, stated = total_cost(found), metrics.get("estimated_cost")
    if stated is None or stated == listed:
        return found
    return {name: part * stated / listed for name, part in found.items()} if listed else {}


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
