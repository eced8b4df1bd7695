"""The merge rules of `assay.core.merge` on undecoded JSON text: only objects present on both sides are opened."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Raw

from assay.core.merge import merge_field, merge_rows

_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.encode
Path = tuple[str, ...]


def merge_text(name: str, old: bytes, new: bytes, replaced: frozenset[Path] = frozenset()) -> bytes:
    """Merge JSON text of the top-level field `name`; paths in `replaced` are taken whole from `new`."""
    if (name,) in replaced:
        return new
    if name == "tags" and old.startswith(b"[") and new.startswith(b"["):
        return _encode(merge_field("tags", msgspec.json.decode(old), msgspec.json.decode(new)))
    try:
        return _merge(old, new, replaced, (name,))
    except msgspec.MsgspecError:  # e.g. a lone surrogate: the standard library takes what msgspec refuses
        merged = merge_field(name, json.loads(old), json.loads(new), replaced)
        return json.dumps(merged, separators=(",", ":")).encode()


def _merge(old: bytes, new: bytes, replaced: frozenset[Path], at: Path) -> bytes:
    if not old.startswith(b"{") or not new.startswith(b"{") or at in replaced:
        return new
    result = _decode_object(old)
    for key, value in _decode_object(new).items():
        if key in result:
            value = Raw(_merge(bytes(result[key]).strip(), bytes(value).strip(), replaced, (*at, key)))
        result[key] = value
    return _encode(result)


def delete_members(fields: dict[str, bytes], instructions: bytes) -> dict[str, bytes]:
    """Apply `_array_delete` (`[{"path": […], "delete": […]}]`) to JSON text fields."""
    entries: list[dict[str, Any]] = msgspec.json.decode(instructions)
    touched = {entry["path"][0] for entry in entries if entry.get("path")} & fields.keys()
    decoded = {name: msgspec.json.decode(fields[name]) for name in touched}
    changed = merge_rows(decoded, {"_array_delete": [e for e in entries if e.get("path")]})
    return {**fields, **{name: _encode(value) for name, value in changed.items()}}
