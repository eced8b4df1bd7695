"""What a user logs, brought into the shape of the columns. Odd shapes are repaired, never refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from assay.client.state import State

OBJECT_COLUMNS = frozenset({"metadata", "metrics", "scores", "span_attributes"})
"""Columns that hold an object; None means nothing to add, since a null would wipe what is there."""

RESERVED = frozenset(
    {"id", "span_id", "root_span_id", "span_parents", "created", "_is_merge", "_object_delete", "_xact_id",
     "project_id", "experiment_id", "dataset_id", "log_id"}
)  # fmt: skip
"""Columns the SDK sets itself."""

_SHAPED = OBJECT_COLUMNS | RESERVED | {"tags"}


def encode_event(state: State, event: Mapping[str, Any]) -> dict[str, bytes]:
    """The columns of a logged event as JSON texts. Never raises."""
    snapshot = state.snapshot
    fields: dict[str, bytes] = {}
    for key, value in event.items():
        if key in _SHAPED:
            shaped = _shaped(key, value)
            if shaped is None:
                continue
            text = snapshot(shaped)
            if key in OBJECT_COLUMNS and not text.startswith(b"{"):
                state.notices.warn(
                    "shape", f"{key} must be an object; {type(value).__name__} is logged under 'value'"
                )
                text = b'{"value":' + text + b"}"
        else:
            text = snapshot(value)
        fields[key] = text
    return fields


def _shaped(key: str, value: Any) -> Any:
    """The value a column can hold, or None when there is nothing to write."""
    if value is None or key in RESERVED:
        return None
    if key == "tags":
        listed: list[Any] = (
            [value] if isinstance(value, str) else list(value) if _iterable(value) else [repr(value)]
        )
        return [tag if isinstance(tag, str) else str(tag) for tag in listed]
    if key in ("scores", "metrics") and (type(value) is dict or isinstance(value, Mapping)):
        # JSON true is not a number, and a check that returns a bool is the commonest scorer there is.
        items = cast("Mapping[Any, Any]", value).items()
        return {name: int(item) if item is True or item is False else item for name, item in items}
    return value


def _iterable(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)
