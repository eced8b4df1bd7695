"""What a coming run can show, judged by runs that are stored, and what it will cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from assay_server.engines.stats import ALPHA, LEVEL, Sample
from assay_server.engines.stats.planning import (
    Basis,
    Noise,
    cases_for,
    detectable_at,
    detectable_without_chance,
    measure_noise,
)
from assay_server.engines.stats.power import POWER
from assay_server.features.experiments.cases import unknown_score
from assay_server.features.experiments.comparison import ExperimentHead, Side
from assay_server.features.experiments.lineup import Lineup, score_names, score_of
from assay_server.features.experiments.rows import CaseTable

GROWTH = (0.5, 1, 2, 4, 8)
"""Numbers of cases shown, as multiples of the planned one."""

TRIALS = (1, 2, 3, 5, 10)
"""Numbers of trials shown."""

DIFFERENCE = 0.03
"""The difference cases are counted for unless the caller names another."""


class CasesOption(msgspec.Struct, frozen=True):
    """So many cases can show a difference of `detectable` or more."""

    cases: int
    detectable: float | None


class TrialsOption(msgspec.Struct, frozen=True):
    """So many trials of each planned case can show a difference of `detectable` or more."""

    trials: int
    detectable: float | None


class ScorePlan(msgspec.Struct, frozen=True):
    """One score: what the planned run can show, and what it would take to show `difference`.

    `basis` says where the variance comes from: `pairs` of two stored runs, `trials` of one, or `independent`,
    the worst case. `variance_steady` is the variance of a case's difference that trials do not reduce,
    `variance_chance` what a single trial in each run adds (null when it is not known apart). `limit` is the
    difference below which no number of trials gets.
    """

    name: str
    basis: Basis
    variance_steady: float
    variance_chance: float | None
    detectable: float | None
    difference: float
    cases_needed: int | None
    cases: list[CasesOption]
    trials: list[TrialsOption]
    limit: float | None
    text: str


class Forecast(msgspec.Struct, frozen=True):
    """Cost and time of the planned run, from what a trace of the stored run took on average.

    `runs` are cases times trials. Costs are in dollars, durations in seconds; null where the stored run has none.
    `seconds` assumes `concurrency` traces at once and no waiting for rate limits.
    """

    cases: int
    trials: int
    runs: int
    concurrency: int
    cost_task: float | None
    cost_scoring: float | None
    cost: float | None
    tokens: float | None
    seconds: float | None
    seconds_per_run: float | None


class Plan(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/plan`; `baseline` is the second stored run, when there is one.

    Cases with one value of the `cluster_key` count as dependent, in the stored runs and in the one that is planned.

    Differences are those declared with chance `power` when p-values are corrected over all scores.
    """

    experiment: ExperimentHead
    baseline: ExperimentHead | None
    cluster_key: str | None
    level: float
    power: float
    scores: list[ScorePlan]
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Wish:
    """The run that is planned; None means as the stored one."""

    difference: float = DIFFERENCE
    cases: int | None = None
    trials: int | None = None
    power: float = POWER
    concurrency: int = 1
    score: str | None = None


def plan(experiment: Side, baseline: Side | None, wish: Wish, cluster_key: str | None = None) -> Plan:
    """Plan a run like `experiment`, to be compared with it. Raises BadRequest for an unknown score."""
    lineup = Lineup(experiment, baseline)
    names = score_names([experiment])
    if wish.score is not None and wish.score not in names:
        raise unknown_score(wish.score, names)
    stored = len(set(experiment.table.keys))
    cases = wish.cases or stored
    trials = wish.trials or max(1, round(len(experiment.table) / stored) if stored else 1)
    alpha = ALPHA / max(1, len(names))
    scores: list[ScorePlan] = []
    for name in names if wish.score is None else [wish.score]:
        noise = measure_noise(*_samples(lineup, name))
        if noise is not None:
            scores.append(_score_plan(name, noise, wish, cases=cases, trials=trials, alpha=alpha))
    return Plan(
        experiment=experiment.head,
        baseline=baseline.head if baseline else None,
        cluster_key=cluster_key,
        level=LEVEL,
        power=wish.power,
        scores=scores,
        forecast=_forecast(experiment.table, cases, trials, wish.concurrency),
    )


def _samples(lineup: Lineup, name: str) -> Sequence[Sample]:
    return [lineup.sample(number, score_of(side.table, name)) for number, side in enumerate(lineup.sides)]


def _score_plan(name: str, noise: Noise, wish: Wish, *, cases: int, trials: int, alpha: float) -> ScorePlan:
    def shows(cases: int, trials: int) -> float | None:
        return detectable_at(noise, cases=cases, trials=_known(noise, trials), alpha=alpha, power=wish.power)

    now = shows(cases, trials)
    needed = cases_for(noise, wish.difference, trials=_known(noise, trials), alpha=alpha, power=wish.power)
    limit = detectable_without_chance(noise, cases=cases, alpha=alpha, power=wish.power)
    sizes = sorted({max(2, round(cases * factor)) for factor in GROWTH})
    return ScorePlan(
        name=name,
        basis=noise.basis,
        variance_steady=noise.steady,
        variance_chance=noise.chance,
        detectable=now,
        difference=wish.difference,
        cases_needed=needed,
        cases=[CasesOption(size, shows(size, trials)) for size in sizes],
        trials=[TrialsOption(count, shows(cases, count)) for count in TRIALS]
        if noise.chance is not None
        else [],
        limit=limit,
        text=_text(noise, wish, cases=cases, now=now, needed=needed, limit=limit),
    )


def _known(noise: Noise, trials: int) -> float:
    """Trials as far as their effect is known: it is not when nothing was ever tried twice."""
    return float(trials) if noise.chance is not None else noise.trials


def _text(
    noise: Noise, wish: Wish, *, cases: int, now: float | None, needed: int | None, limit: float | None
) -> str:
    """The plan of one score in words."""
    if now is None:
        first = f"{cases} cases cannot show a difference of any size"
    else:
        first = f"{cases:,} cases can show a difference of {_points(now)} or more"
    second = (
        f"for {_points(wish.difference)} even ten million are too few"
        if needed is None
        else f"for {_points(wish.difference)} you need about {_rounded(needed):,}"
    )
    if limit is None:
        third = "run each case at least twice to learn whether trials would help"
    elif now is not None and limit > 0.95 * now:
        third = "more trials hardly help: most of the spread lies between cases"
    else:
        third = f"more trials help down to {_points(limit)}"
    worst = "; this is the worst case, a second run will tell more" if noise.basis == "independent" else ""
    return f"{first}; {second}; {third}{worst}."


def _points(difference: float) -> str:
    points = difference * 100
    return f"{points:.1f} points" if points < 9.95 else f"{points:.0f} points"


def _rounded(count: int) -> int:
    """Two significant digits, upwards: more would promise a precision nobody has."""
    step = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / step) * step


def _forecast(table: CaseTable, cases: int, trials: int, concurrency: int) -> Forecast:
    runs = cases * trials

    def total(metric: str) -> float | None:
        each = _mean(table, metric)
        return None if each is None else each * runs

    task, seconds = total("estimated_cost"), total("duration")
    scoring = table.scoring_cost / len(table) * runs if len(table) else None
    return Forecast(
        cases=cases,
        trials=trials,
        runs=runs,
        concurrency=concurrency,
        cost_task=task,
        cost_scoring=scoring,
        cost=None if task is None and scoring is None else (task or 0.0) + (scoring or 0.0),
        tokens=total("total_tokens"),
        seconds=None if seconds is None else seconds / min(concurrency, max(1, runs)),
        seconds_per_run=_mean(table, "duration"),
    )


def _mean(table: CaseTable, metric: str) -> float | None:
    column = table.metrics.get(metric)
    return None if column is None or np.isnan(column).all() else float(np.nanmean(column))
