"""One experiment against others: every score and metric estimated, compared and judged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from assay_server.engines.stats import (
    METRIC_MARGIN,
    NOTHING,
    Contrast,
    Direction,
    Estimate,
    Interval,
    Judgement,
    Sample,
    compare_samples,
    estimate_mean,
    judge,
    mean,
)
from assay_server.features.experiments.caveats import caveats
from assay_server.features.experiments.comparison import (
    Against,
    Comparison,
    Item,
    Rules,
    Side,
    Slice,
    Spent,
    Totals,
    UnmatchedCase,
)
from assay_server.features.experiments.lineup import Lineup, Mask, metric_of, score_names, score_of
from assay_server.features.experiments.metrics import direction_of_metric, metric_names, unit_of_metric
from assay_server.features.experiments.rows import CaseTable, Floats

MAX_SLICES = 50
"""Most values of a slice key that are shown; the largest slices come first."""

_Labels = tuple[str | None, ...]
"""The slices of a case; None for a case in none."""

Columns = Callable[[CaseTable, str], "Floats | None"]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One score or metric of a lineup, ready to be judged."""

    name: str
    direction: Direction
    unit: str
    margin: float
    nulls: int
    rows: tuple[int, int]
    estimate: Estimate
    baseline: Estimate
    contrast: Contrast | None


def compare(
    experiment: Side,
    baseline: Side | None,
    rules: Rules,
    others: Sequence[Side] = (),
    unmatched: Sequence[UnmatchedCase] = (),
) -> Comparison:
    """Judge every score and metric of an experiment, against a baseline when there is one, and against others.

    `unmatched` are the cases without partner: why they have none takes more rows than these (see `find_unmatched`).
    """
    lineups = [Lineup(experiment, side) for side in ((baseline, *others) if baseline else (None,))]
    scores = _families([_scores(lineup, rules, len(lineups)) for lineup in lineups], rules)
    metrics = _families([_metrics(lineup, rules, len(lineups)) for lineup in lineups], rules)
    counts = [lineup.counts() for lineup in lineups]
    return Comparison(
        experiment=experiment.head,
        baseline=baseline.head if baseline else None,
        comparison_key=rules.comparison_key,
        cluster_key=rules.cluster_key,
        slice_key=rules.slice_key,
        level=rules.level,
        correction=rules.correction,
        method=rules.method,
        cases=counts[0],
        scores=scores[0],
        metrics=metrics[0],
        totals=_totals(experiment.table),
        unmatched=list(unmatched),
        slices=_slices(lineups[0], rules) if rules.slice_key and baseline else [],
        others=[
            Against(
                side.head, counts[i], scores[i], metrics[i], caveats(experiment, side, counts[i], scores[i])
            )
            for i, side in enumerate(others, start=1)
        ],
        warnings=caveats(experiment, baseline, counts[0], scores[0], unmatched) if baseline else [],
    )


def _scores(lineup: Lineup, rules: Rules, tests: int) -> list[_Measured]:
    names = score_names(lineup.sides)
    return [
        _measure(
            lineup,
            name,
            score_of,
            rules,
            direction=rules.direction(name),
            margin=lambda _base, name=name: rules.margins.get(name, rules.margin),
            scores=True,
            tests=tests * len(names),
        )
        for name in names
    ]


def _metrics(lineup: Lineup, rules: Rules, tests: int) -> list[_Measured]:
    names = metric_names(lineup.sides)
    return [
        _measure(
            lineup,
            name,
            metric_of,
            rules,
            direction=direction_of_metric(name),
            unit=unit_of_metric(name),
            margin=lambda base: METRIC_MARGIN * abs(base or 0.0),
            tests=tests * len(names),
        )
        for name in names
    ]


def _measure(
    lineup: Lineup,
    name: str,
    column: Columns,
    rules: Rules,
    *,
    direction: Direction,
    margin: Callable[[float | None], float],
    unit: str = "",
    scores: bool = False,
    tests: int = 1,
) -> _Measured:
    table = lineup.experiment.table
    ours = lineup.sample(0, column(table, name))
    theirs = lineup.sample(1, column(lineup.baseline.table, name)) if lineup.baseline else None
    bounds = _bounds(ours, theirs) if scores else None
    estimate = estimate_mean(ours, bounds=bounds, level=rules.level, method=rules.method)
    base = estimate_mean(theirs, bounds=bounds, level=rules.level, method=rules.method) if theirs else NOTHING
    contrast = None
    if theirs and len(ours.values) and len(theirs.values):
        # What the strictest step of the correction asks for.
        alpha = (1.0 - rules.level) / max(1, tests)
        contrast = compare_samples(
            ours, theirs, bounds=bounds, level=rules.level, alpha=alpha, method=rules.method
        )
    return _Measured(
        name=name,
        direction=direction,
        unit=unit,
        margin=margin(base.mean),
        nulls=_nulls(lineup, name) if scores else 0,
        rows=(lineup.rows(0), lineup.rows(1) if theirs else 0),
        estimate=estimate,
        baseline=base,
        contrast=contrast,
    )


def _bounds(ours: Sample, theirs: Sample | None) -> Interval | None:
    """Scores belong between 0 and 1; one that leaves the range has no known bounds."""
    every = [sample.values for sample in (ours, theirs) if sample is not None and len(sample.values)]
    inside = all(values.min() >= 0.0 and values.max() <= 1.0 for values in every)
    return (0.0, 1.0) if every and inside else None


def _nulls(lineup: Lineup, name: str) -> int:
    rows = lineup.experiment.table.nulls.get(name)
    if rows is None:
        return 0
    return int((rows & lineup.keep[0]).sum() if lineup.keep is not None else rows.sum())


def _families(groups: Sequence[Sequence[_Measured]], rules: Rules) -> list[list[Item]]:
    """The items of each group, with p-values corrected over all groups together."""
    contrasts: dict[tuple[int, str], Contrast] = {}
    directions: dict[tuple[int, str], Direction] = {}
    margins: dict[tuple[int, str], float] = {}
    for number, group in enumerate(groups):
        for found in group:
            key = (number, found.name)
            directions[key], margins[key] = found.direction, found.margin
            if found.contrast:
                contrasts[key] = found.contrast
    alpha = round(1.0 - rules.level, 12)
    judged = judge(
        contrasts, directions=directions, margins=margins, alpha=alpha, correction=rules.correction
    )
    return [
        [_item(found, judged.get((number, found.name))) for found in group]
        for number, group in enumerate(groups)
    ]


def _item(found: _Measured, judgement: Judgement | None) -> Item:
    own, base, contrast = found.estimate, found.baseline, found.contrast
    up, down = (contrast.higher, contrast.lower) if contrast else (0, 0)
    good_is_up = found.direction == "higher"
    return Item(
        name=found.name,
        unit=found.unit,
        direction=found.direction,
        mean=own.mean,
        interval=own.interval,
        interval_method=own.method,
        n=own.n,
        nulls=found.nulls,
        missing=found.rows[0] - own.n - found.nulls,
        coverage=_share(own.n, found.rows[0]),
        baseline_mean=base.mean,
        baseline_interval=base.interval,
        baseline_interval_method=base.method,
        baseline_coverage=_share(base.n, found.rows[1]),
        diff=contrast.diff if contrast else None,
        diff_interval=contrast.interval if contrast else None,
        p=judgement.p if judgement else None,
        p_raw=contrast.p if contrast else None,
        method=contrast.method if contrast else own.method,
        paired=contrast.paired if contrast else False,
        effect=contrast.effect if contrast else None,
        detectable=contrast.detectable if contrast else None,
        margin=found.margin,
        verdict=judgement.verdict if judgement else None,
        improvements=up if good_is_up else down,
        regressions=down if good_is_up else up,
        unchanged=contrast.unchanged if contrast else 0,
        pairs=contrast.pairs if contrast else 0,
        units=contrast.units if contrast else own.units,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _slices(lineup: Lineup, rules: Rules) -> list[Slice]:
    """The scores of each value of the slice key; a case is in the slices that its first row names."""
    labels = _slice_labels(lineup)
    sizes = Counter(chain.from_iterable(labels.values()))
    shown = sorted(sizes, key=lambda name: (-sizes[name], name is None, name or ""))[:MAX_SLICES]
    parts = [Lineup(lineup.experiment, lineup.baseline, _rows_of(lineup, labels, name)) for name in shown]
    groups = _families([_scores(part, rules, len(parts)) for part in parts], rules)
    return [Slice(name, part.counts(), items) for name, part, items in zip(shown, parts, groups, strict=True)]


def _slice_labels(lineup: Lineup) -> dict[str, _Labels]:
    labels: dict[str, _Labels] = {}
    for side in lineup.sides:
        for key, found in zip(side.table.keys, side.table.slices or (), strict=False):
            labels.setdefault(key, found or (None,))
    return labels


def _rows_of(lineup: Lineup, labels: Mapping[str, _Labels], name: str | None) -> tuple[Mask, Mask]:
    masks = [
        np.fromiter((name in labels[key] for key in side.table.keys), np.bool_, len(side.table))
        for side in lineup.sides
    ]
    return masks[0], masks[1]


def _totals(table: CaseTable) -> Totals:
    duration = table.metrics.get("duration")
    seconds = np.empty(0) if duration is None else duration[~np.isnan(duration)]
    return Totals(
        cases=len(set(table.keys)),
        rows=len(table),
        errors=int(table.failed.sum()),
        duration=mean(seconds) if len(seconds) else None,
        task=Spent(_sum(table.metrics.get("total_tokens")), _sum(table.metrics.get("estimated_cost"))),
        scoring=Spent(table.scoring_tokens, table.scoring_cost),
    )


def _sum(column: Floats | None) -> float:
    return 0.0 if column is None else math.fsum(column[~np.isnan(column)])
