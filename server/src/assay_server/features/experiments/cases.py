"""The cases of a comparison one by one: values of both runs, filtered and in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec
import numpy as np

from assay_server.engines.stats.sample import case_means
from assay_server.errors import BadRequest
from assay_server.features.experiments.comparison import Rules, Side
from assay_server.features.experiments.lineup import Lineup, Mask, metric_of, score_names, score_of
from assay_server.features.experiments.metrics import metric_names
from assay_server.features.experiments.rows import CaseTable, Floats

Filter = Literal["all", "improved", "regressed", "unchanged", "errors", "unmatched"]
FILTERS: tuple[Filter, ...] = get_args(Filter)

MAX_PAGE = 1000
"""Most cases one page may hold."""

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
    lineup = Lineup(experiment, baseline)
    first, trials = _first_and_count(experiment.table)
    keys = list(first)
    names = score_names(lineup.sides)
    scores = {name: _pair(lineup, name, len(keys), score_of) for name in names}
    if score is not None and score not in scores:
        raise unknown_score(score, names)
    baseline_first = _first_and_count(baseline.table)[0] if baseline else {}
    return CaseGrid(
        experiment=experiment,
        baseline=baseline,
        keys=keys,
        first=list(first.values()),
        trials=[trials[key] for key in keys],
        baseline_first=baseline_first,
        scores=scores,
        metrics={name: _pair(lineup, name, len(keys), metric_of) for name in metric_names(lineup.sides)},
        masks=_masks(
            lineup,
            {name: values for name, values in scores.items() if score in (None, name)},
            rules,
            matched=np.fromiter((key in baseline_first for key in keys), np.bool_, len(keys)),
        ),
    )


def unknown_score(score: str, names: Sequence[str]) -> BadRequest:
    """The refusal of a score that an experiment does not have."""
    known = ", ".join(names) or "none"
    return BadRequest(f"There is no score {score!r} here; the scores are: {known}.", code="unknown_score")


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


def _pair(
    lineup: Lineup, name: str, size: int, column: Callable[[CaseTable, str], Floats | None]
) -> tuple[Floats, Floats]:
    sides = [np.full(size, np.nan), np.full(size, np.nan)]
    for number, side in enumerate(lineup.sides):
        means = case_means(lineup.sample(number, column(side.table, name)))
        ours = means.cases < size  # codes past the experiment's cases exist in the baseline only
        sides[number][means.cases[ours]] = means.values[ours]
    return sides[0], sides[1]


def _masks(
    lineup: Lineup, scores: Mapping[str, tuple[Floats, Floats]], rules: Rules, *, matched: Mask
) -> dict[str, Mask]:
    size = len(matched)
    improved, regressed, failed = (np.zeros(size, np.bool_) for _ in range(3))
    for name, (ours, theirs) in scores.items():
        gain = ours - theirs if rules.direction(name) == "higher" else theirs - ours
        improved |= gain > 0  # a comparison with NaN is false: no value on one side is no change
        regressed |= gain < 0
    failed[lineup.codes[0][lineup.experiment.table.failed]] = True
    return {
        "all": np.ones(size, np.bool_),
        "improved": improved,
        "regressed": regressed,
        "unchanged": matched & ~improved & ~regressed,
        "errors": failed,
        "unmatched": ~matched if lineup.baseline else np.zeros(size, np.bool_),
    }


def _case(grid: CaseGrid, i: int, payloads: Payloads, baseline_payloads: Payloads) -> Case:
    row = grid.first[i]
    row_id = grid.experiment.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return Case(
        key=grid.keys[i],
        input=raw(payload, "input"),
        expected=raw(payload, "expected"),
        output=raw(payload, "output"),
        error=raw(payload, "error"),
        scores={name: _value(values, i) for name, values in grid.scores.items()},
        metrics={name: _value(values, i) for name, values in grid.metrics.items()},
        trials=grid.trials[i],
        root_span_id=grid.experiment.table.root_span_ids[row],
        row_id=row_id,
        baseline=_baseline_case(grid, i, baseline_payloads),
        tags=list(payload.get("tags") or ()) or None,
        metadata=raw(payload, "metadata"),
    )


def _baseline_case(grid: CaseGrid, i: int, payloads: Payloads) -> BaselineCase | None:
    row = grid.baseline_first.get(grid.keys[i])
    if row is None or grid.baseline is None:
        return None
    row_id = grid.baseline.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return BaselineCase(
        output=raw(payload, "output"),
        error=raw(payload, "error"),
        root_span_id=grid.baseline.table.root_span_ids[row],
        row_id=row_id,
    )


def raw(payload: Mapping[str, Any], name: str) -> msgspec.Raw:
    """A JSON column of a row as it was sent, null where there is none."""
    return msgspec.Raw((payload.get(name) or "null").encode())


def _value(values: tuple[Floats, Floats], i: int) -> CaseValue:
    ours, theirs = (None if np.isnan(side[i]) else float(side[i]) for side in values)
    return CaseValue(ours, theirs, None if ours is None or theirs is None else ours - theirs)
