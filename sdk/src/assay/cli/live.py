"""Following the live stream of a project: server-sent events over one long request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from assay.cli.output import note
from assay.cli.server import Row, Server, sql_string
from assay.cli.streaming import lines, stream
from assay.client.http import backoff_delay
from assay.core.errors import Unreachable

SILENCE = 60.0
"""Seconds without even a keep-alive after which the connection counts as lost."""

REMEMBERED = 10_000
"""Traces remembered as printed; older ones that get another span would be printed again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    data: str


def finished_traces(server: Server, project_id: str) -> Iterator[Row]:
    """The summary row of each trace once its root has ended; reconnects for as long as the caller listens."""
    printed: dict[str, None] = {}
    for roots in _changed_roots(server, project_id):
        waiting = [root for root in roots if root not in printed]
        for row in _summaries(server, project_id, waiting):
            printed[str(row["root_span_id"])] = None
            yield row
        while len(printed) > REMEMBERED:
            del printed[next(iter(printed))]


def read_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Events out of the bytes of a stream; comments and fields other than event and data are skipped."""
    name, data = "message", list[str]()
    for raw in lines(chunks):
        line = raw.decode("utf-8", "replace")
        if not line:
            if data:
                yield Event(name, "\n".join(data))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)


def _changed_roots(server: Server, project_id: str) -> Iterator[list[str]]:
    path, failures = f"/api/projects/{project_id}/live", 0
    while True:
        chunks = stream(server, "GET", path, accept="text/event-stream", silence=SILENCE)
        try:
            for event in read_events(chunks):
                failures = 0
                if event.name == "spans":
                    changed = cast("dict[str, Any]", json.loads(event.data))
                    if changed.get("object_type") in (None, "project_logs"):
                        yield [str(root) for root in changed["root_span_ids"]]
            note("the stream ended; connecting again")
        except Unreachable as error:
            failures += 1
            note(f"{error}; trying again")
        time.sleep(backoff_delay(max(failures, 1), base=0.5, cap=10.0))


def _summaries(server: Server, project_id: str, roots: list[str]) -> list[Row]:
    """The traces among `roots` whose root span has ended."""
    if not roots:
        return []
    listed = ", ".join(sql_string(root) for root in roots)
    text = (
        f"SELECT * FROM project_logs({sql_string(project_id)}, shape => 'summary') "
        f"WHERE root_span_id IN ({listed}) ORDER BY created LIMIT {len(roots)}"
    )
    return [row for row in server.query(text).rows if _ended(row)]


def _ended(row: Row) -> bool:
    metrics = cast("dict[str, Any]", row.get("metrics") or {})
    return (
        metrics.get("end") is not None or metrics.get("duration") is not None or row.get("error") is not None
    )
