"""One experiment against another: the single struct behind terminal, UI, API and summaries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from assay_server.engines.stats import (
    LEVEL,
    METRIC_MARGIN,
    SCORE_MARGIN,
    Contrast,
    Direction,
    Estimate,
    Interval,
    Sample,
    Verdict,
    compare_samples,
    estimate_mean,
    judge,
)
from assay_server.features.experiments.rows import CaseTable, Floats

FEW_CASES = 20
"""Below this many matched cases a comparison carries a warning."""

_SECONDS = frozenset({"duration", "llm_duration", "time_to_first_token"})
_COUNTED = ("llm_calls", "tool_calls", "errors", "llm_errors", "tool_errors")
_METRIC_ORDER = ("duration", "llm_duration", "time_to_first_token", "total_tokens", "prompt_tokens",
                 "prompt_cached_tokens", "prompt_cache_creation_tokens", "completion_tokens",
                 "completion_reasoning_tokens", "estimated_cost", *_COUNTED)  # fmt: skip
_HIGHER_METRICS = frozenset({"prompt_cached_tokens"})  # a cached token is one not paid in full


class ExperimentHead(msgspec.Struct, frozen=True):
    """What a comparison says about an experiment itself."""

    id: str
    name: str
    project_id: str
    project_name: str
    created: str
    dataset_id: str | None = None
    dataset_version: str | None = None
    repo_info: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


class Item(msgspec.Struct, frozen=True):
    """One score or metric. `p` is corrected over all items of its kind (Holm), `p_raw` is not.

    `mean` is over all traces of the experiment, `diff` over the matched cases (or between the two means when
    the runs share too few). `unit` is "", "s", "tok" or "$". `improvements`, `regressions` and `unchanged`
    count matched cases. `detectable` is the smallest true difference this run would have declared four times
    in five; `method` names the test (`t`, `sign`, `mcnemar`, `welch`, `newcombe`, …).
    """

    name: str
    unit: str
    direction: Direction
    mean: float | None
    interval: Interval | None
    n: int
    nulls: int
    baseline_mean: float | None
    baseline_interval: Interval | None
    diff: float | None
    diff_interval: Interval | None
    p: float | None
    p_raw: float | None
    method: str
    detectable: float | None
    verdict: Verdict | None
    improvements: int
    regressions: int
    unchanged: int


class CaseCounts(msgspec.Struct, frozen=True):
    """Distinct cases by comparison key; `total` are those of the experiment."""

    total: int
    matched: int
    only_experiment: int
    only_baseline: int


class Spent(msgspec.Struct, frozen=True):
    """Sums over an experiment; cost in dollars."""

    tokens: float
    cost: float


class Totals(msgspec.Struct, frozen=True):
    """The experiment as a whole: `rows` are traces, `errors` failed ones, `duration` their mean (s)."""

    cases: int
    rows: int
    errors: int
    duration: float | None
    task: Spent
    scoring: Spent


class Caveat(msgspec.Struct, frozen=True):
    """Something that makes the comparison say less than it seems to."""

    code: str
    message: str


class Comparison(msgspec.Struct, frozen=True):
    """The whole answer of `GET /v1/experiment/{id}/compare`."""

    experiment: ExperimentHead
    baseline: ExperimentHead | None
    comparison_key: str
    cases: CaseCounts
    scores: list[Item]
    metrics: list[Item]
    totals: Totals
    warnings: list[Caveat]


@dataclass(frozen=True, slots=True)
class Side:
    """One experiment of a comparison."""

    head: ExperimentHead
    table: CaseTable


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user may set: score directions other than higher, the margin of "equivalent", and the level.

    `level` is the confidence of every interval; verdicts keep their error rate at 1 - `level`.
    """

    directions: Mapping[str, Direction]
    margin: float = SCORE_MARGIN
    comparison_key: str = "input"
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class _Measured:
    name: str
    direction: Direction
    unit: str
    nulls: int
    candidate: Sample
    baseline: Sample | None
    bounds: Interval | None


def compare(experiment: Side, baseline: Side | None, rules: Rules) -> Comparison:
    """Judge every score and metric of an experiment, against a baseline when there is one."""
    codes = case_codes(experiment, baseline)
    counts = _count_cases(experiment, baseline)
    scores = [_score(name, experiment, baseline, codes, rules) for name in score_names(experiment, baseline)]
    metrics = [_metric(name, experiment, baseline, codes) for name in metric_names(experiment, baseline)]
    score_items = _items(scores, {m.name: rules.margin for m in scores}, rules.level)
    return Comparison(
        experiment=experiment.head,
        baseline=baseline.head if baseline else None,
        comparison_key=rules.comparison_key,
        cases=counts,
        scores=score_items,
        metrics=_items(
            metrics, {m.name: METRIC_MARGIN * abs(_mean(m.baseline) or 0.0) for m in metrics}, rules.level
        ),
        totals=_totals(experiment.table),
        warnings=_warnings(experiment, baseline, counts) if baseline else [],
    )


def case_codes(experiment: Side, baseline: Side | None) -> dict[str, int]:
    """A number for each case of both sides: the experiment's first, in order of appearance."""
    codes: dict[str, int] = {}
    for side in (experiment, baseline):
        for key in side.table.keys if side else ():
            codes.setdefault(key, len(codes))
    return codes


def score_names(experiment: Side, baseline: Side | None) -> list[str]:
    """Every score either side has, by name."""
    return sorted(set(experiment.table.scores).union(baseline.table.scores if baseline else ()))


def metric_names(experiment: Side, baseline: Side | None) -> list[str]:
    """Metrics either side has, the usual ones first; counts that are zero throughout are left out."""
    tables = [side.table for side in (experiment, baseline) if side]
    found = {name for table in tables for name, column in table.metrics.items() if _tells(name, column)}
    rank = {name: i for i, name in enumerate(_METRIC_ORDER)}
    return sorted(found, key=lambda name: (rank.get(name, len(rank)), name))


def direction_of_metric(name: str) -> Direction:
    """Less is better for time, tokens, money, errors and numbers we know nothing about."""
    return "higher" if name in _HIGHER_METRICS else "lower"


def unit_of_metric(name: str) -> str:
    """`s`, `tok`, `$` or nothing."""
    if name in _SECONDS:
        return "s"
    if name == "estimated_cost":
        return "$"
    return "tok" if name.endswith("_tokens") else ""


def _tells(name: str, column: Floats) -> bool:
    return name not in _COUNTED or bool(np.nansum(column) > 0)


def _score(
    name: str, experiment: Side, baseline: Side | None, codes: Mapping[str, int], rules: Rules
) -> _Measured:
    candidate = _sample(experiment.table, experiment.table.scores.get(name), codes)
    base = _sample(baseline.table, baseline.table.scores.get(name), codes) if baseline else None
    every = np.concatenate([candidate.values, base.values if base else np.empty(0)])
    return _Measured(
        name=name,
        direction=rules.directions.get(name, "higher"),
        unit="",
        nulls=experiment.table.nulls.get(name, 0),
        candidate=candidate,
        baseline=base,
        # Scores belong between 0 and 1; one that leaves the range has no known bounds.
        bounds=(0.0, 1.0) if len(every) and every.min() >= 0.0 and every.max() <= 1.0 else None,
    )


def _metric(name: str, experiment: Side, baseline: Side | None, codes: Mapping[str, int]) -> _Measured:
    return _Measured(
        name=name,
        direction=direction_of_metric(name),
        unit=unit_of_metric(name),
        nulls=0,
        candidate=_sample(experiment.table, experiment.table.metrics.get(name), codes),
        baseline=_sample(baseline.table, baseline.table.metrics.get(name), codes) if baseline else None,
        bounds=None,
    )


def _sample(table: CaseTable, column: Floats | None, codes: Mapping[str, int]) -> Sample:
    return table.sample(np.full(len(table), np.nan) if column is None else column, codes)


def _items(measured: list[_Measured], margins: Mapping[str, float], level: float) -> list[Item]:
    comparable = [m for m in measured if m.baseline and len(m.candidate.values) and len(m.baseline.values)]
    error = round(1.0 - level, 12)
    alpha = error / max(1, len(comparable))  # what the strictest step of the correction asks for
    contrasts = {
        m.name: compare_samples(m.candidate, m.baseline, bounds=m.bounds, level=level, alpha=alpha)
        for m in comparable
        if m.baseline
    }
    directions: dict[str, Direction] = {m.name: m.direction for m in measured}
    judgements = judge(contrasts, directions=directions, margins=margins, alpha=error)
    items: list[Item] = []
    for m in measured:
        judgement = judgements.get(m.name)
        nothing = Estimate(None, None, 0, "none")
        base = estimate_mean(m.baseline, bounds=m.bounds, level=level) if m.baseline else nothing
        items.append(
            _item(
                m,
                estimate_mean(m.candidate, bounds=m.bounds, level=level),
                base,
                contrasts.get(m.name),
                verdict=judgement.verdict if judgement else None,
                p=judgement.p if judgement else None,
            )
        )
    return items


def _item(
    m: _Measured,
    own: Estimate,
    base: Estimate,
    contrast: Contrast | None,
    *,
    verdict: Verdict | None,
    p: float | None,
) -> Item:
    up, down = (contrast.higher, contrast.lower) if contrast else (0, 0)
    return Item(
        name=m.name,
        unit=m.unit,
        direction=m.direction,
        mean=own.mean,
        interval=own.interval,
        n=own.n,
        nulls=m.nulls,
        baseline_mean=base.mean,
        baseline_interval=base.interval,
        diff=contrast.diff if contrast else None,
        diff_interval=contrast.interval if contrast else None,
        p=p,
        p_raw=contrast.p if contrast else None,
        method=contrast.method if contrast else own.method,
        detectable=contrast.detectable if contrast else None,
        verdict=verdict,
        improvements=up if m.direction == "higher" else down,
        regressions=down if m.direction == "higher" else up,
        unchanged=contrast.unchanged if contrast else 0,
    )


def _mean(sample: Sample | None) -> float | None:
    return estimate_mean(sample).mean if sample else None


def _count_cases(experiment: Side, baseline: Side | None) -> CaseCounts:
    ours, theirs = set(experiment.table.keys), set(baseline.table.keys if baseline else ())
    return CaseCounts(len(ours), len(ours & theirs), len(ours - theirs), len(theirs - ours))


def _totals(table: CaseTable) -> Totals:
    duration = table.metrics.get("duration")
    return Totals(
        cases=len(set(table.keys)),
        rows=len(table),
        errors=int(table.failed.sum()),
        duration=None if duration is None else _mean(Sample.independent(duration[~np.isnan(duration)])),
        task=Spent(_sum(table.metrics.get("total_tokens")), _sum(table.metrics.get("estimated_cost"))),
        scoring=Spent(table.scoring_tokens, table.scoring_cost),
    )


def _sum(column: Floats | None) -> float:
    return 0.0 if column is None else math.fsum(column[~np.isnan(column)])


def _warnings(experiment: Side, baseline: Side, counts: CaseCounts) -> list[Caveat]:
    ours, theirs = experiment.head, baseline.head
    found: list[Caveat] = []
    if ours.dataset_id != theirs.dataset_id:
        found.append(Caveat("dataset_differs", "The two experiments ran on different datasets."))
    elif ours.dataset_version != theirs.dataset_version:
        found.append(Caveat("dataset_version_differs", "The dataset changed between the two experiments."))
    if counts.only_experiment or counts.only_baseline:
        found.append(Caveat("unmatched_cases", _unmatched(counts)))
    if counts.matched < FEW_CASES:
        found.append(
            Caveat("few_cases", f"{counts.matched} matched cases are few: only large differences can show.")
        )
    missing = set(experiment.table.scores) ^ set(baseline.table.scores)
    if missing:
        names = ", ".join(sorted(missing))
        found.append(Caveat("scores_differ", f"Only one of the two experiments has: {names}."))
    return found


def _unmatched(counts: CaseCounts) -> str:
    return (
        f"{counts.only_experiment} cases are only in this experiment and {counts.only_baseline} only in the "
        "baseline; their comparison key has no partner."
    )
