"""The comparison of experiments as one struct: what the API answers and terminal, browser and CI show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from assay_server.engines.stats import (
    LEVEL,
    SCORE_MARGIN,
    Correction,
    Direction,
    Interval,
    Method,
    Verdict,
)
from assay_server.features.experiments.rows import CaseTable, Scorer


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
    """One score or metric, by itself and against the baseline.

    `unit` is "", "s", "tok" or "$". `mean` is over all traces of the experiment, with its 95 % `interval`;
    `baseline_mean` the same for the baseline. `n` traces have a value, `nulls` were scored null, `missing`
    were not scored at all; `coverage` is the share that has a value (`baseline_coverage` in the baseline).

    `diff` is over the matched cases (between the two means when `paired` is false), with its interval. `p`
    is corrected over all items of its kind in the answer, `p_raw` is not. `method` names what made interval and p of
    the difference: `t`, `sign`, `mcnemar`, `welch`, `newcombe`, `permutation`, `bca`, or `none`; `interval_method`
    and `baseline_interval_method` what made those of the means: `wilson`, `t`, `constant`, `bca`, or `none`. Without
    a difference `method` is that of the mean. `effect` is standardised: Cohen's d_z for
    pairs, d for groups, h for pass and fail. `detectable` is the smallest true difference this run would have
    declared four times in five; `margin` is how large a difference may be and still count as equivalent.

    `pairs` counts matched cases with a value on both sides; `improvements`, `regressions` and `unchanged` split
    them by direction. `units` counts what is independent of each other: clusters, where there are any, else cases.
    """

    name: str
    unit: str
    direction: Direction
    mean: float | None
    interval: Interval | None
    interval_method: str
    n: int
    nulls: int
    missing: int
    coverage: float | None
    baseline_mean: float | None
    baseline_interval: Interval | None
    baseline_interval_method: str
    baseline_coverage: float | None
    diff: float | None
    diff_interval: Interval | None
    p: float | None
    p_raw: float | None
    method: str
    paired: bool
    effect: float | None
    detectable: float | None
    margin: float
    verdict: Verdict | None
    improvements: int
    regressions: int
    unchanged: int
    pairs: int
    units: int


class CaseCounts(msgspec.Struct, frozen=True):
    """Distinct cases by comparison key; `total` are those of the experiment."""

    total: int
    matched: int
    only_experiment: int
    only_baseline: int


Reason = Literal["no_key", "changed", "no_partner"]
"""Why a case has no partner: its root has no comparison key; the same dataset row is in the other run with
another key (its input was edited); or the other run has no such case."""


class UnmatchedCase(msgspec.Struct, frozen=True):
    """A case without a partner: on which side, why, and the root row of its first trial.

    `partner_row_id` is the row it would have been compared with when the reason is `changed`.
    """

    side: Literal["experiment", "baseline"]
    reason: Reason
    key: str
    row_id: str
    root_span_id: str
    partner_row_id: str | None = None


class Caveat(msgspec.Struct, frozen=True):
    """Something that makes the comparison say less than it seems to."""

    code: str
    message: str


class Slice(msgspec.Struct, frozen=True):
    """The matched and unmatched cases of one value of the slice key; `value` is null where there is none.

    A case with several tags is in several slices. p-values are corrected over all scores of all slices.
    """

    value: str | None
    cases: CaseCounts
    scores: list[Item]


class Against(msgspec.Struct, frozen=True):
    """The same experiment against one more baseline."""

    baseline: ExperimentHead
    cases: CaseCounts
    scores: list[Item]
    metrics: list[Item]
    warnings: list[Caveat]


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


class Comparison(msgspec.Struct, frozen=True):
    """The whole answer of `GET /v1/experiment/{id}/compare`.

    `cases`, `scores`, `metrics`, `unmatched`, `slices` and `warnings` are about the first baseline; every
    further one is in `others`. `unmatched` lists the first hundred of each side, `cases` counts them all.
    `level` is that of every interval, `correction` how p-values are corrected, and `method` `bca` where bootstrap
    intervals were asked for, else `auto`.
    """

    experiment: ExperimentHead
    baseline: ExperimentHead | None
    comparison_key: str
    cluster_key: str | None
    slice_key: str | None
    level: float
    correction: Correction
    method: Method
    cases: CaseCounts
    scores: list[Item]
    metrics: list[Item]
    totals: Totals
    unmatched: list[UnmatchedCase]
    slices: list[Slice]
    others: list[Against]
    warnings: list[Caveat]


@dataclass(frozen=True, slots=True)
class Side:
    """One experiment of a comparison; `scorers` hold by score what its spans say about what judged it."""

    head: ExperimentHead
    table: CaseTable
    scorers: Mapping[str, Scorer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user may set.

    `directions` other than higher, and `margins` other than `margin`, by score. Keys are paths as the user
    wrote them; the tables of the sides hold what is found there.
    """

    directions: Mapping[str, Direction] = field(default_factory=dict)
    margin: float = SCORE_MARGIN
    comparison_key: str = "input"
    margins: Mapping[str, float] = field(default_factory=dict)
    correction: Correction = "holm"
    cluster_key: str | None = None
    slice_key: str | None = None
    level: float = LEVEL
    method: Method = "auto"

    def direction(self, score: str) -> Direction:
        """Which way is good."""
        return self.directions.get(score, "higher")
