"""How two writes of one row become one.

A row is a JSON object. A *merge* write (`_is_merge`) is laid over the stored row:

- objects merge key by key, to any depth; scalars and arrays replace; `null` overwrites;
- `tags` are united, in order of first appearance;
- a path listed in `_merge_paths` is replaced whole instead of merged (and `tags` when listed);
- `_array_delete` removes members from the list at a path;
- `created`, `span_id`, `root_span_id` and `span_parents` of the stored row are kept.

A write without `_is_merge` replaces the row. Control fields are never part of the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

CONTROL_FIELDS = frozenset(
    {"_is_merge", "_merge_paths", "_object_delete", "_parent_id", "_array_delete",
     "_audit_source", "_audit_metadata", "_skip_async_scoring", "_async_scoring_control"}
)  # fmt: skip
"""Fields that steer a write and are never stored."""

IDENTITY_FIELDS = ("created", "span_id", "root_span_id", "span_parents")
"""Fields of an existing row that a merge cannot change."""

Json = Any
Path = tuple[str, ...]


def merge_rows(base: Mapping[str, Json], patch: Mapping[str, Json]) -> dict[str, Json]:
    """Lay one merge write over a stored row; neither argument is changed.

    `patch` may carry control fields; they steer the merge and are left out of the result.
    """
    replaced = merge_paths(patch)
    result = dict(base)
    for key, value in patch.items():
        if key in CONTROL_FIELDS or (key in IDENTITY_FIELDS and base.get(key) is not None):
            continue
        result[key] = merge_field(key, result.get(key), value, replaced)
    for entry in patch.get("_array_delete") or ():
        _delete_members(result, tuple(entry["path"]), entry["delete"])
    return result


def merge_paths(patch: Mapping[str, Json]) -> frozenset[Path]:
    """The `_merge_paths` of a write as a set of key tuples."""
    return frozenset(tuple(path) for path in patch.get("_merge_paths") or ())


def merge_field(key: str, old: Json, new: Json, replaced: frozenset[Path] = frozenset()) -> Json:
    """Merge one top-level field of a row."""
    if (key,) in replaced:
        return new
    if key == "tags" and isinstance(old, list) and isinstance(new, list):
        return list(dict.fromkeys(cast("list[Json]", [*old, *new])))
    return deep_merge(old, new, replaced, (key,))


def deep_merge(old: Json, new: Json, replaced: frozenset[Path] = frozenset(), at: Path = ()) -> Json:
    """Merge two JSON values: objects key by key, everything else replaced by `new`."""
    if not isinstance(old, dict) or not isinstance(new, dict) or at in replaced:
        return cast(Json, new)
    result = dict(cast("dict[str, Json]", old))
    for key, value in cast("dict[str, Json]", new).items():
        result[key] = deep_merge(result[key], value, replaced, (*at, key)) if key in result else value
    return result


def _delete_members(row: dict[str, Json], path: Path, members: Iterable[Json]) -> None:
    parent = row
    for key in path[:-1]:
        child = parent.get(key)
        if not isinstance(child, dict):
            return
        parent[key] = copied = dict(cast("dict[str, Json]", child))  # the base row stays as it was
        parent = copied
    found = parent.get(path[-1])
    if isinstance(found, list):
        gone = list(members)
        parent[path[-1]] = [member for member in cast("list[Json]", found) if member not in gone]
