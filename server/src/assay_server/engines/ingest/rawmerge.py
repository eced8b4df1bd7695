"""The merge rules of `assay.core.merge` on undecoded JSON text: only objects present on both sides are opened."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Raw

from assay.core.merge import merge_field
from assay_server.engines.ingest.rows import decode_array_delete

_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
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
    """Apply `_array_delete` (`[{"path": […], "delete": […]}]`) to JSON text fields; what stays keeps its bytes."""
    changed = dict(fields)
    for entry in decode_array_delete(instructions) or ():
        name, *path = entry.path
        if name in changed:
            changed[name] = _without(changed[name], path, entry.delete)
    return changed


def _without(text: bytes, path: list[str], gone: list[Any]) -> bytes:
    """`text` with members taken out of the list at `path`; unchanged when there is no list."""
    if not path:
        members = _decode_list(text) if text.startswith(b"[") else None
        return text if members is None else _encode([one for one in members if _value(one) not in gone])
    members = _decode_object(text) if text.startswith(b"{") else {}
    key = path[0]
    if key not in members:
        return text
    members[key] = Raw(_without(bytes(members[key]).strip(), path[1:], gone))
    return _encode(members)


def _value(member: Raw) -> Any:
    try:
        return msgspec.json.decode(member)
    except msgspec.MsgspecError:  # a number past every type: no instruction can name it
        return member
