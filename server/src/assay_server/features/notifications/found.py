"""What of a batch of rows concerns people: comments that mention somebody, and assignments.

Assignments are ids of users in the metadata of a row, under the name that clients of this API write (`ASSIGNMENTS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from assay_server.engines.ingest.rows import ASSIGNMENTS, RowWrite
from assay_server.engines.records import Record

MAX_TEXT = 500
_MENTION = re.compile(r"(?<![\w@.])@([\w.+-]*\w(?:@[\w.-]*\w)?)")


@dataclass(frozen=True, slots=True)
class Concern:
    """One row that concerns people: those assigned by their ids, or those that a comment names."""

    row: RowWrite
    assigned: tuple[str, ...] = ()
    comment: str = ""


def concerns(rows: Sequence[RowWrite]) -> Iterator[Concern]:
    """Rows of a batch that say something to people. Looks at bytes; only what may concern anybody is decoded."""
    for row in rows:
        if row.mode == "comment":
            text = _comment(row.fields.get("comments", b""))
            if "@" in text:
                yield Concern(row, comment=text)
        elif row.mode == "merge" and ASSIGNMENTS.encode() in row.fields.get("metadata", b""):
            people = assigned_to(_decoded(row.fields["metadata"]))
            if people:
                yield Concern(row, assigned=tuple(people))


def assigned_to(metadata: Any) -> list[str]:
    """Ids of the users a row is assigned to, by its metadata; what is no id there counts for nothing."""
    listed = metadata.get(ASSIGNMENTS) if isinstance(metadata, dict) else None
    if not isinstance(listed, list):
        return []
    return list(dict.fromkeys(one.lower() for one in listed if isinstance(one, str)))


def mentioned(text: str, members: Sequence[Record]) -> list[str]:
    """Ids of the members that a comment names: `@` and an address, or the part of it before the @ or a given name where
    that is one member's alone."""
    known = _handles(members)
    found = [known.get(match.group(1).lower()) for match in _MENTION.finditer(text)]
    return list(dict.fromkeys(one for one in found if one))


def _handles(members: Sequence[Record]) -> Mapping[str, str | None]:
    handles: dict[str, str | None] = {}
    for member in members:
        email = member["email"].lower()
        names = {email.partition("@")[0], (member["given_name"] or "").lower()} - {"", email}
        for name in names:
            handles[name] = None if name in handles else member["id"]
    return {**handles, **{member["email"].lower(): member["id"] for member in members}}


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _comment(entries: bytes) -> str:
    try:
        (entry,) = msgspec.json.decode(entries, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return ""
    comment = entry.get("comment")
    text = comment.get("text") if isinstance(comment, dict) else comment
    return text if isinstance(text, str) else ""
