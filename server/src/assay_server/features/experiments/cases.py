"""The cases of a comparison one by one: values of both runs, filtered and in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay_server.engines.stats.sample import case_means
from assay_server.errors import BadRequest
from assay_server.features.experiments.compare import (
    Rules,
    Side,
    case_codes,
    metric_names,
    score_names,
)
from assay_server.features.experiments.rows import CaseTable, Floats

Filter = Literal["all", "improved", "regressed", "unchanged", "errors", "unmatched"]
FILTERS: tuple[Filter, ...] = get_args(Filter)

MAX_PAGE = 1000
"""Most cases one page may hold."""

Mask = NDArray[np.bool_]
Payloads = Mapping[str, Mapping[str, Any]]
"""Root rows by row id, JSON columns as raw text."""


class CaseValue(msgspec.Struct, frozen=True):
    """Mean over the trials of a case; `delta` is value minus baseline."""

    value: float | None
    baseline: float | None
    delta: float | None


class BaselineCase(msgspec.Struct, frozen=True):
    """The same case in the baseline: its first trial."""

    output: msgspec.Raw
    error: msgspec.Raw
    root_span_id: str
    row_id: str


class Case(msgspec.Struct, frozen=True):
    """One case; payloads are those of its first trial, JSON as it was sent."""

    key: str
    input: msgspec.Raw
    expected: msgspec.Raw
    output: msgspec.Raw
    error: msgspec.Raw
    scores: dict[str, CaseValue]
    metrics: dict[str, CaseValue]
    trials: int
    root_span_id: str
    row_id: str
    baseline: BaselineCase | None
    tags: list[str] | None
    metadata: msgspec.Raw


class CasePage(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/cases`; `cursor` is null on the last page."""

    cases: list[Case]
    cursor: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class CaseGrid:
    """The experiment's cases in order of appearance with both sides' values, NaN where there is none."""

    experiment: Side
    baseline: Side | None
    keys: list[str]
    first: list[int]
    trials: list[int]
    baseline_first: dict[str, int]
    scores: dict[str, tuple[Floats, Floats]]
    metrics: dict[str, tuple[Floats, Floats]]
    masks: dict[str, Mask]


def case_grid(experiment: Side, baseline: Side | None, rules: Rules, *, score: str | None = None) -> CaseGrid:
    """Line both runs up. `score` limits improved, regressed and unchanged to that score."""
    codes = case_codes(experiment, baseline)
    first, trials = _first_and_count(experiment.table)
    keys = list(first)
    names = score_names(experiment, baseline)
    scores = {name: _pair(experiment, baseline, codes, name, len(keys), _scores_of) for name in names}
    if score is not None and score not in scores:
        known = ", ".join(names) or "none"
        raise BadRequest(f"There is no score {score!r} here; the scores are: {known}.", code="unknown_score")
    baseline_first = _first_and_count(baseline.table)[0] if baseline else {}
    return CaseGrid(
        experiment=experiment,
        baseline=baseline,
        keys=keys,
        first=list(first.values()),
        trials=[trials[key] for key in keys],
        baseline_first=baseline_first,
        scores=scores,
        metrics={
            name: _pair(experiment, baseline, codes, name, len(keys), _metrics_of)
            for name in metric_names(experiment, baseline)
        },
        masks=_masks(
            experiment.table,
            codes,
            {name: values for name, values in scores.items() if score in (None, name)},
            rules,
            matched=np.fromiter((key in baseline_first for key in keys), np.bool_, len(keys)),
            compared=baseline is not None,
        ),
    )


def page(grid: CaseGrid, wanted: Filter, *, limit: int, start: int) -> tuple[list[int], int | None]:
    """Positions of the next cases from `start` that pass the filter, and where the page after them starts."""
    hits = np.flatnonzero(grid.masks[wanted])
    hits = hits[hits >= start]
    rest = hits[limit:]
    return [int(i) for i in hits[:limit]], int(rest[0]) if len(rest) else None


def render(
    grid: CaseGrid, positions: list[int], payloads: Payloads, baseline_payloads: Payloads
) -> list[Case]:
    """The cases at these positions with their payloads."""
    return [_case(grid, i, payloads, baseline_payloads) for i in positions]


def row_ids(grid: CaseGrid, positions: list[int]) -> tuple[list[str], list[str]]:
    """Ids of the root rows to load for these positions: the experiment's and the baseline's."""
    ours = [grid.experiment.table.row_ids[grid.first[i]] for i in positions]
    theirs = [grid.baseline_first[key] for i in positions if (key := grid.keys[i]) in grid.baseline_first]
    return ours, [grid.baseline.table.row_ids[i] for i in theirs] if grid.baseline else []


def counts(grid: CaseGrid) -> dict[str, int]:
    """How many cases each filter lets through."""
    return {name: int(grid.masks[name].sum()) for name in FILTERS}


def _first_and_count(table: CaseTable) -> tuple[dict[str, int], dict[str, int]]:
    first: dict[str, int] = {}
    trials: dict[str, int] = {}
    for i, key in enumerate(table.keys):
        first.setdefault(key, i)
        trials[key] = trials.get(key, 0) + 1
    return first, trials


def _scores_of(table: CaseTable) -> dict[str, Floats]:
    return table.scores


def _metrics_of(table: CaseTable) -> dict[str, Floats]:
    return table.metrics


def _pair(
    experiment: Side,
    baseline: Side | None,
    codes: Mapping[str, int],
    name: str,
    size: int,
    columns: Callable[[CaseTable], dict[str, Floats]],
) -> tuple[Floats, Floats]:
    sides = [np.full(size, np.nan), np.full(size, np.nan)]
    for values, side in zip(sides, (experiment, baseline), strict=True):
        column = columns(side.table).get(name) if side else None
        if side is None or column is None:
            continue
        means = case_means(side.table.sample(column, codes))
        ours = means.cases < size  # codes past the experiment's cases exist in the baseline only
        values[means.cases[ours]] = means.values[ours]
    return sides[0], sides[1]


def _masks(
    table: CaseTable,
    codes: Mapping[str, int],
    scores: Mapping[str, tuple[Floats, Floats]],
    rules: Rules,
    *,
    matched: Mask,
    compared: bool,
) -> dict[str, Mask]:
    size = len(matched)
    improved, regressed, failed = (np.zeros(size, np.bool_) for _ in range(3))
    for name, (ours, theirs) in scores.items():
        gain = ours - theirs if rules.directions.get(name, "higher") == "higher" else theirs - ours
        improved |= gain > 0  # a comparison with NaN is false: no value on one side is no change
        regressed |= gain < 0
    for i in np.flatnonzero(table.failed):
        failed[codes[table.keys[i]]] = True
    return {
        "all": np.ones(size, np.bool_),
        "improved": improved,
        "regressed": regressed,
        "unchanged": matched & ~improved & ~regressed,
        "errors": failed,
        "unmatched": ~matched if compared else np.zeros(size, np.bool_),
    }


def _case(grid: CaseGrid, i: int, payloads: Payloads, baseline_payloads: Payloads) -> Case:
    row = grid.first[i]
    row_id = grid.experiment.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return Case(
        key=grid.keys[i],
        input=_raw(payload, "input"),
        expected=_raw(payload, "expected"),
        output=_raw(payload, "output"),
        error=_raw(payload, "error"),
        scores={name: _value(values, i) for name, values in grid.scores.items()},
        metrics={name: _value(values, i) for name, values in grid.metrics.items()},
        trials=grid.trials[i],
        root_span_id=grid.experiment.table.root_span_ids[row],
        row_id=row_id,
        baseline=_baseline_case(grid, i, baseline_payloads),
        tags=list(payload.get("tags") or ()) or None,
        metadata=_raw(payload, "metadata"),
    )


def _baseline_case(grid: CaseGrid, i: int, payloads: Payloads) -> BaselineCase | None:
    row = grid.baseline_first.get(grid.keys[i])
    if row is None or grid.baseline is None:
        return None
    row_id = grid.baseline.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return BaselineCase(
        output=_raw(payload, "output"),
        error=_raw(payload, "error"),
        root_span_id=grid.baseline.table.root_span_ids[row],
        row_id=row_id,
    )


def _raw(payload: Mapping[str, Any], name: str) -> msgspec.Raw:
    return msgspec.Raw((payload.get(name) or "null").encode())


def _value(values: tuple[Floats, Floats], i: int) -> CaseValue:
    ours, theirs = (None if np.isnan(side[i]) else float(side[i]) for side in values)
    return CaseValue(ours, theirs, None if ours is None or theirs is None else ours - theirs)
