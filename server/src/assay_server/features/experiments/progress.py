"""How far a run is: what its runner announced, and what has arrived."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from assay.core.ids import xact_seconds
from assay.core.times import iso_time
from assay_server.engines.query.literals import quote
from assay_server.features.experiments.rows import LIMITS, ObjectAddress
from assay_server.ports.spans import SpanStore

STALLED_AFTER = 600.0
"""Seconds without a row after which a run that says it is running counts as stalled: its process may be gone."""

State = Literal["running", "stalled", "finished", "failed", "interrupted"]

# A root that was started and has no end is still under way.
_ARRIVED_SQL = """
SELECT countIf(is_case AND ended), countIf(is_case AND ended AND failed), max(xact)
FROM (
  SELECT is_root AND type != 'log' AND _deleted = 0 AS is_case, error NOT IN ('', 'null') AS failed,
    mapContains(metrics_x, 'end') OR NOT mapContains(metrics_x, 'start') AS ended, _xact_id AS xact
  FROM spans
  WHERE project_id = {project} AND object_id = {object}
  ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
)
"""


class RunProgress(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/progress`.

    `arrived` traces have ended, `errors` of them failed; `planned` is how many there will be, null when the runner
    did not say. `state` is null for an experiment whose runner says nothing (rows logged by hand). `last` is when the
    last row came, or the runner spoke, whichever is later.
    """

    state: State | None
    planned: int | None
    arrived: int
    errors: int
    last: str | None


def read_progress(
    spans: SpanStore, ref: ObjectAddress, said: Mapping[str, Any] | None, *, now: float | None = None
) -> RunProgress:
    """Count what has arrived. Blocks; call it from a thread, after the ingest barrier. `now` is in Unix seconds."""
    sql = _ARRIVED_SQL.format(project=quote(ref.project_id), object=quote(ref.object_id))
    arrived, errors, newest = spans.query(sql, limits=LIMITS).rows[0]
    row = iso_time(xact_seconds(int(newest))) if newest else ""
    last = max(row, str(said.get("reported") or "") if said else "")
    state: State | None = said["state"] if said else None
    if state == "running" and last < iso_time((time.time() if now is None else now) - STALLED_AFTER):
        state = "stalled"
    return RunProgress(
        state=state,
        planned=said.get("planned") if said else None,
        arrived=int(arrived),
        errors=int(errors),
        last=last or None,
    )
