"""Why a case has no partner in the other run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from assay_server.features.experiments.comparison import Reason, UnmatchedCase
from assay_server.features.experiments.lineup import Lineup
from assay_server.features.experiments.rows import NO_KEY, ObjectAddress, load_payloads
from assay_server.ports.spans import SpanStore

SHOWN = 100
"""Most unmatched cases listed of each side."""

_LOOKED_AT = 1000
"""Most unmatched cases of each side whose dataset row is looked up for a partner with another key."""


def find_unmatched(
    spans: SpanStore, lineup: Lineup, refs: tuple[ObjectAddress, ObjectAddress]
) -> list[UnmatchedCase]:
    """The first unmatched cases of the experiment, then of the baseline, with the reason. Blocks."""
    sides = [_alone(lineup, number) for number in (0, 1)]
    if not any(sides):
        return []
    origins = [_origins(spans, ref, rows) for ref, rows in zip(refs, sides, strict=True)]
    by_origin = [{origin: row for row, origin in found.items()} for found in origins]
    listed: list[UnmatchedCase] = []
    for number, rows in enumerate(sides):
        table = lineup.sides[number].table
        for row_id, position in list(rows.items())[:SHOWN]:
            key = table.keys[position]
            partner = by_origin[1 - number].get(origins[number].get(row_id, ""))
            listed.append(
                UnmatchedCase(
                    side="baseline" if number else "experiment",
                    reason=_reason(key, partner),
                    key=key,
                    row_id=row_id,
                    root_span_id=table.root_span_ids[position],
                    partner_row_id=partner,
                )
            )
    return listed


def _reason(key: str, partner: str | None) -> Reason:
    if partner is not None:
        return "changed"
    return "no_key" if key.startswith(NO_KEY) else "no_partner"


def _alone(lineup: Lineup, number: int) -> dict[str, int]:
    """Positions of the first rows of unmatched cases by row id, in order of appearance."""
    cases, first = lineup.first_rows(number)
    alone = np.sort(first[~np.isin(cases, lineup.cases(1 - number))])
    table = lineup.sides[number].table
    return {table.row_ids[i]: int(i) for i in alone[:_LOOKED_AT]}


def _origins(spans: SpanStore, ref: ObjectAddress, rows: Mapping[str, int]) -> dict[str, str]:
    """The dataset row behind each row, as `dataset id/row id`, where there is one."""
    found = load_payloads(spans, ref, list(rows))
    return dict(_read_origins(found))


def _read_origins(payloads: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for row_id, payload in payloads.items():
        if not payload.get("origin"):
            continue
        origin = msgspec.json.decode(payload["origin"])
        if isinstance(origin, dict) and origin.get("id"):
            yield row_id, f"{origin.get('object_id')}/{origin['id']}"
