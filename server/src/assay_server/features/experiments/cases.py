"""The cases of a comparison one by one: values of both runs, filtered and in pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec
import numpy as np

from assay_server.engines.halves import unshield
from assay_server.engines.stats.reliability import count_passes
from assay_server.engines.stats.sample import case_means
from assay_server.errors import BadRequest
from assay_server.features.experiments.comparison import Rules, Side
from assay_server.features.experiments.lineup import Lineup, Mask, metric_of, score_names, score_of
from assay_server.features.experiments.metrics import metric_names
from assay_server.features.experiments.rows import CaseTable, Floats

Filter = Literal["all", "improved", "regressed", "unchanged", "flaky", "errors", "unmatched"]
FILTERS: tuple[Filter, ...] = get_args(Filter)

PASS = 0.5
"""Scores from here on pass: the default threshold of the reliability of a run."""

MAX_PAGE = 1000
"""Most cases one page may hold."""

PAGE_BYTES = 4 << 20
"""A page ends early once the payloads of its cases are larger: values of megabytes come a few at a time."""

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


class Trial(msgspec.Struct, frozen=True):
    """One run of a case by itself: its trace, and the scores it got."""

    root_span_id: str
    row_id: str
    scores: dict[str, float | None]
    duration: float | None
    failed: bool


class OtherCase(msgspec.Struct, frozen=True):
    """The same case in one more baseline: payloads of its first trial, means over its trials."""

    output: msgspec.Raw
    error: msgspec.Raw
    root_span_id: str
    row_id: str
    scores: dict[str, float | None]
    metrics: dict[str, float | None]


class Case(msgspec.Struct, frozen=True):
    """One case; payloads are those of its first trial, JSON as it was sent.

    `runs` are its trials one by one, when there are several; `flaky` says that they disagree about passing
    (a score of at least 0.5). `others` is the case in each further baseline, null where it has none. `cluster` is its
    value of the cluster key: null without a key, or where the case has none and is a cluster of its own.
    """

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
    flaky: bool
    runs: list[Trial]
    others: list[OtherCase | None]
    cluster: str | None


class CasePage(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/cases`; `cursor` is null on the last page."""

    cases: list[Case]
    cursor: str | None
    counts: dict[str, int]
    cluster_key: str | None


@dataclass(frozen=True, slots=True)
class CaseGrid:
    """The experiment's cases in order of appearance with both sides' values, NaN where there is none.

    `rows` are the positions of each case's trials; `others` holds every further baseline lined up the same way.
    """

    experiment: Side
    baseline: Side | None
    keys: list[str]
    rows: list[list[int]]
    baseline_first: dict[str, int]
    scores: dict[str, tuple[Floats, Floats]]
    metrics: dict[str, tuple[Floats, Floats]]
    masks: dict[str, Mask]
    others: list[OtherGrid]

    def first(self, i: int) -> int:
        """The position of the first trial of a case."""
        return self.rows[i][0]


@dataclass(frozen=True, slots=True)
class OtherGrid:
    """One more baseline: the position of each case's first trial by key, and the values of its cases."""

    side: Side
    first: dict[str, int]
    scores: dict[str, Floats]
    metrics: dict[str, Floats]


def case_grid(
    experiment: Side,
    baseline: Side | None,
    rules: Rules,
    *,
    score: str | None = None,
    others: Sequence[Side] = (),
    part: str | None = None,
) -> CaseGrid:
    """Line the runs up. `score` limits improved, regressed, unchanged and flaky to that score.

    `part` keeps the cases of that slice only, "" those in none.
    """
    lineup = Lineup(experiment, baseline)
    rows = _rows(experiment.table)
    keys = list(rows)
    names = score_names(lineup.sides)
    scores = {name: _pair(lineup, name, len(keys), score_of) for name in names}
    if score is not None and score not in scores:
        raise unknown_score(score, names)
    baseline_first = _first(baseline.table) if baseline else {}
    masks = _masks(
        lineup,
        {name: values for name, values in scores.items() if score in (None, name)},
        rules,
        matched=np.fromiter((key in baseline_first for key in keys), np.bool_, len(keys)),
    )
    if part is not None:
        inside = _inside(experiment.table, rows.values(), part)
        masks = {name: mask & inside for name, mask in masks.items()}
    return CaseGrid(
        experiment=experiment,
        baseline=baseline,
        keys=keys,
        rows=list(rows.values()),
        baseline_first=baseline_first,
        scores=scores,
        metrics={name: _pair(lineup, name, len(keys), metric_of) for name in metric_names(lineup.sides)},
        masks=masks,
        others=[_other_grid(experiment, other, len(keys)) for other in others],
    )


def _inside(table: CaseTable, rows: Collection[list[int]], part: str) -> Mask:
    """Which cases are in a slice, by the first row of each."""
    slices = table.slices or [()] * len(table)
    return np.fromiter((part in (slices[first] or ("",)) for first, *_ in rows), np.bool_, len(rows))


def _other_grid(experiment: Side, other: Side, size: int) -> OtherGrid:
    lineup = Lineup(experiment, other)
    return OtherGrid(
        side=other,
        first=_first(other.table),
        scores={name: _pair(lineup, name, size, score_of)[1] for name in score_names([other])},
        metrics={name: _pair(lineup, name, size, metric_of)[1] for name in metric_names([other])},
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
    grid: CaseGrid,
    positions: list[int],
    payloads: Payloads,
    baseline_payloads: Payloads,
    others: Sequence[Payloads] = (),
) -> list[Case]:
    """The cases at these positions with their payloads."""
    return [_case(grid, i, payloads, baseline_payloads, others) for i in positions]


def row_ids(grid: CaseGrid, positions: list[int]) -> tuple[list[str], list[str]]:
    """Ids of the root rows to load for these positions: the experiment's and the baseline's."""
    ours = [grid.experiment.table.row_ids[grid.first(i)] for i in positions]
    return ours, _partners(grid, positions, grid.baseline, grid.baseline_first)


def other_row_ids(grid: CaseGrid, positions: list[int]) -> list[list[str]]:
    """The same for each further baseline."""
    return [_partners(grid, positions, other.side, other.first) for other in grid.others]


def _partners(grid: CaseGrid, positions: list[int], side: Side | None, first: dict[str, int]) -> list[str]:
    if side is None:
        return []
    return [side.table.row_ids[first[key]] for i in positions if (key := grid.keys[i]) in first]


def counts(grid: CaseGrid) -> dict[str, int]:
    """How many cases each filter lets through."""
    return {name: int(grid.masks[name].sum()) for name in FILTERS}


def _rows(table: CaseTable) -> dict[str, list[int]]:
    """Positions of the trials of each case, in order of appearance."""
    rows: dict[str, list[int]] = {}
    for i, key in enumerate(table.keys):
        rows.setdefault(key, []).append(i)
    return rows


def _first(table: CaseTable) -> dict[str, int]:
    return {key: positions[0] for key, positions in _rows(table).items()}


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
    improved, regressed, failed, flaky = (np.zeros(size, np.bool_) for _ in range(4))
    for name, (ours, theirs) in scores.items():
        gain = ours - theirs if rules.direction(name) == "higher" else theirs - ours
        improved |= gain > 0  # a comparison with NaN is false: no value on one side is no change
        regressed |= gain < 0
        counts = count_passes(lineup.sample(0, score_of(lineup.experiment.table, name)), PASS)
        flaky[counts.cases[(counts.passed > 0) & (counts.passed < counts.trials)]] = True
    failed[lineup.codes[0][lineup.experiment.table.failed]] = True
    return {
        "all": np.ones(size, np.bool_),
        "improved": improved,
        "regressed": regressed,
        "unchanged": matched & ~improved & ~regressed,
        "flaky": flaky,
        "errors": failed,
        "unmatched": ~matched if lineup.baseline else np.zeros(size, np.bool_),
    }


def _case(
    grid: CaseGrid,
    i: int,
    payloads: Payloads,
    baseline_payloads: Payloads,
    other_payloads: Sequence[Payloads],
) -> Case:
    row = grid.first(i)
    row_id = grid.experiment.table.row_ids[row]
    payload = payloads.get(row_id, {})
    trials = len(grid.rows[i])
    return Case(
        key=grid.keys[i],
        input=raw(payload, "input"),
        expected=raw(payload, "expected"),
        output=raw(payload, "output"),
        error=raw(payload, "error"),
        scores={name: _value(values, i) for name, values in grid.scores.items()},
        metrics={name: _value(values, i) for name, values in grid.metrics.items()},
        trials=trials,
        root_span_id=grid.experiment.table.root_span_ids[row],
        row_id=row_id,
        baseline=_baseline_case(grid, i, baseline_payloads),
        tags=list(payload.get("tags") or ()) or None,
        metadata=raw(payload, "metadata"),
        flaky=bool(grid.masks["flaky"][i]),
        runs=[_trial(grid.experiment.table, at) for at in grid.rows[i]] if trials > 1 else [],
        others=[
            _other_case(grid, i, other, rows) for other, rows in zip(grid.others, other_payloads, strict=True)
        ],
        cluster=grid.experiment.table.cluster_of(row),
    )


def _trial(table: CaseTable, at: int) -> Trial:
    durations = table.metrics.get("duration")
    return Trial(
        root_span_id=table.root_span_ids[at],
        row_id=table.row_ids[at],
        scores={name: _number(column[at]) for name, column in table.scores.items()},
        duration=None if durations is None else _number(durations[at]),
        failed=bool(table.failed[at]),
    )


def _other_case(grid: CaseGrid, i: int, other: OtherGrid, payloads: Payloads) -> OtherCase | None:
    row = other.first.get(grid.keys[i])
    if row is None:
        return None
    row_id = other.side.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return OtherCase(
        output=raw(payload, "output"),
        error=raw(payload, "error"),
        root_span_id=other.side.table.root_span_ids[row],
        row_id=row_id,
        scores={name: _number(values[i]) for name, values in other.scores.items()},
        metrics={name: _number(values[i]) for name, values in other.metrics.items()},
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
    return msgspec.Raw(unshield(payload.get(name) or "null").encode())


def _value(values: tuple[Floats, Floats], i: int) -> CaseValue:
    ours, theirs = (_number(side[i]) for side in values)
    return CaseValue(ours, theirs, None if ours is None or theirs is None else ours - theirs)


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
