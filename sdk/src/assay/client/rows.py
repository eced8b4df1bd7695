"""Reading rows back, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from assay.client.state import State

PAGE_ROWS = 1_000


def fetch_rows(
    state: State, object_type: str, object_id: str, *, version: str | None = None, page: int = PAGE_ROWS
) -> Iterator[dict[str, Any]]:
    """Every live row of an object, newest first; with `version` as it was then.

    Rows logged by this process before the call are flushed first. Raises Unreachable or ApiError.
    """
    state.flush()
    cursor: str | None = None
    while True:
        body = {"limit": page, "cursor": cursor, "version": version}
        answer = state.transport.post(
            f"/v1/{object_type}/{object_id}/fetch",
            {key: value for key, value in body.items() if value is not None},
        )
        events = cast("list[dict[str, Any]]", answer["events"])
        yield from events
        cursor = answer.get("cursor")
        if not cursor or not events:
            return
