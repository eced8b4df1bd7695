"""Notes on the changes of a row: who changed what of it, when, by what means and why.

They are a list in the row's `extra.audit_data`, so that logs, which keep no versions, have a history all the same.
Noted is what says that it is a change (`_audit_source`, `_audit_metadata`: feedback, edits in a browser) and every
delete. A span that is written in parts says neither, so ordinary traffic pays nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from assay.core.ids import xact_seconds
from assay.core.times import iso_time
from assay_server.engines.ingest.rows import ASSIGNMENTS, RowWrite

_JUDGED = ("scores", "expected", "tags")
"""Fields that feedback changes."""
_LONGEST = 16 << 10
"""Bytes of a value that is repeated in a note; of a longer one it says only that it changed."""
_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.encode


def signature(write: RowWrite, xact: int) -> dict[str, Any]:
    """Who wrote, and in which transaction."""
    user, _, key = write.author.partition("/")
    return {"user_id": user or None, "key_id": key or None, "_xact_id": str(xact)}


def noted(
    fields: dict[str, bytes], write: RowWrite, xact: int, before: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The fields with a note on their change; the same change sent again right away is the same change.

    Clients lay feedback over rows they have not sent yet, so of what is not written in the browser only the fields
    that feedback changes are repeated, and whom the row is assigned to. `before` are the fields that a merge found.
    """
    if write.audit is None:
        return fields
    said = _decode_members(write.audit)
    names = _JUDGED if before is None or said.get("source") != Raw(b'"app"') else tuple(write.fields)
    changes = {
        name: _kept(write.fields[name])
        for name in names
        if name in write.fields and name not in ("comments", "extra")
    }
    if "metadata" not in changes and (assigned := _assigned(write.fields.get("metadata", b""))):
        changes["metadata"] = assigned
    told: dict[str, Any] = {**said, "action": write.mode, "to": changes}
    entries = notes_of(fields)
    if entries and _same(entries[-1], told):
        return fields
    was = (
        {name: _part(before.get(name), text) for name, text in changes.items()} if before is not None else {}
    )
    return _with_notes(fields, [*entries, Raw(_encode({**told, "from": was, **_signed(write, xact)}))])


def _assigned(metadata: bytes) -> Raw | None:
    """Of metadata that is written, whom the row is assigned to; None where it says nothing of that."""
    if ASSIGNMENTS.encode() not in metadata or not metadata.startswith(b"{"):
        return None
    members = _decode_members(metadata)
    return Raw(_encode({ASSIGNMENTS: members[ASSIGNMENTS]})) if ASSIGNMENTS in members else None


def farewell(before: Mapping[str, bytes], write: RowWrite, xact: int) -> dict[str, bytes]:
    """What is kept of a deleted row: who did what and when, and nothing of what it held."""
    kept = [
        Raw(
            _encode(
                {name: value for name, value in _decode_members(note).items() if name not in ("from", "to")}
            )
        )
        for note in notes_of(before)
    ]
    said = _decode_members(write.audit) if write.audit else {}
    note = {**said, "action": "delete", **_signed(write, xact)}
    return _with_notes({}, [*kept, Raw(_encode(note))])


def notes_of(fields: Mapping[str, bytes]) -> list[Raw]:
    """The notes of a row, oldest first."""
    extra = _decode_members(fields.get("extra") or b"{}")
    return _decode_list(extra["audit_data"]) if "audit_data" in extra else []


def _with_notes(fields: dict[str, bytes], notes: list[Raw]) -> dict[str, bytes]:
    extra = _decode_members(fields.get("extra") or b"{}")
    return {**fields, "extra": _encode({**extra, "audit_data": notes})}


def _signed(write: RowWrite, xact: int) -> dict[str, Any]:
    return {**signature(write, xact), "created": iso_time(xact_seconds(xact))}


def _same(note: Raw, told: Mapping[str, Any]) -> bool:
    members = _decode_members(note)
    return {name: bytes(members[name]) for name in told if name in members} == {
        name: _encode(value) for name, value in told.items()
    }


def _kept(text: bytes) -> Raw:
    return Raw(text) if len(text) <= _LONGEST else Raw(_encode({"bytes": len(text)}))


def _part(before: bytes | None, text: Raw) -> Raw:
    """What a change found: of objects, the members it names."""
    if before is None or before == b"null":
        return Raw(b"null")
    if before.startswith(b"{") and bytes(text).startswith(b"{"):
        held = _decode_members(before)
        return Raw(
            _encode(
                {name: _kept(bytes(held[name])) if name in held else None for name in _decode_members(text)}
            )
        )
    return _kept(before)
