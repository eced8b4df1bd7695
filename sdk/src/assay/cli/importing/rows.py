"""Rows as they were read → rows as they are written: the same bytes, with the ids of the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import Raw

from assay.cli.importing.site import Row, value_of
from assay.cli.importing.state import Ids

ATTACHMENT = "braintrust_attachment"

_SERVER_SET = frozenset({
    "_xact_id", "_pagination_key", "is_root", "org_id", "project_id", "experiment_id", "dataset_id", "log_id",
    "prompt_session_id", "comments", "origin",
})  # fmt: skip
"""Columns that the target sets itself, or that are written in their own way."""

_OF_COMMENT = frozenset({"id", "comment", "created", "source", "metadata", "origin", "_xact_id", "key_id"})


def written(row: Row, routing: dict[str, str], ids: Ids) -> list[bytes]:
    """The row, then its comments, as `/logs3` takes them."""
    place = {name: _raw(value) for name, value in routing.items()}
    kept = {
        name: value
        for name, value in row.items()
        if name not in _SERVER_SET and not (name.startswith("_") and bytes(value) == b"null")
    }
    if (origin := row.get("origin")) is not None:
        kept["origin"] = mapped_origin(origin, ids)
    return [_object({**kept, **place}), *_comments(row, place)]


def deletion(row_id: str, routing: dict[str, str]) -> bytes:
    """The write that deletes a row."""
    return msgspec.json.encode({"id": row_id, **routing, "_object_delete": True})


def mapped_origin(origin: Raw, ids: Ids) -> Raw:
    """The pointer to where a row came from, to the object of this side; one to elsewhere stays."""
    try:
        members = msgspec.json.decode(origin, type=dict[str, Raw])
        there = msgspec.json.decode(members["object_id"], type=str)
    except (msgspec.MsgspecError, KeyError):
        return origin
    here = ids.object(there)
    if here is None:
        return origin
    members["object_id"] = _raw(here)
    if (raw := members.get("_xact_id")) is not None:
        version = ids.version(there, str(json.loads(bytes(raw))))
        if version is not None:
            members["_xact_id"] = _raw(version) if bytes(raw).startswith(b'"') else Raw(version.encode())
    return Raw(_object(members))


def attachments(row: Row) -> Iterator[dict[str, Any]]:
    """The references to stored files in a row."""
    for raw in row.values():
        if ATTACHMENT.encode() in bytes(raw):
            yield from _references(json.loads(bytes(raw)))


def row_id(row: Row) -> str:
    """The id of a row."""
    return str(value_of(row, "id"))


def version_of(row: Row) -> str:
    """The transaction that wrote a row."""
    return str(value_of(row, "_xact_id"))


def _references(value: Any) -> Iterator[dict[str, Any]]:
    level: list[Any] = [value]
    while level:
        one = level.pop()
        if isinstance(one, dict):
            members = cast("dict[str, Any]", one)
            if members.get("type") == ATTACHMENT and isinstance(members.get("key"), str):
                yield members
            level.extend(members.values())
        elif isinstance(one, list):
            level.extend(cast("list[Any]", one))


def _comments(row: Row, place: dict[str, Raw]) -> Iterator[bytes]:
    entries = cast("list[dict[str, Any]] | None", value_of(row, "comments")) or []
    for entry in entries:
        comment: dict[str, Any] = {
            "id": entry.get("id"),
            "created": entry.get("created"),
            "origin": {"id": row_id(row)},
            "comment": entry.get("comment"),
        }
        if "source" in entry:
            comment["_audit_source"] = entry["source"]
        more = {name: value for name, value in entry.items() if name not in _OF_COMMENT and value is not None}
        if "metadata" in entry or more:
            known = cast("dict[str, Any]", entry.get("metadata") or {})
            comment["_audit_metadata"] = {**more, **known} if more else entry["metadata"]
        yield _object({**{name: _raw(value) for name, value in comment.items()}, **place})


def _raw(value: Any) -> Raw:
    return Raw(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _object(members: dict[str, Raw]) -> bytes:
    return msgspec.json.encode(members)
