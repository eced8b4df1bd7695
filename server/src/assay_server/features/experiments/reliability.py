"""How dependable an experiment is: chances over several trials, sources of variance, cases that waver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
import numpy as np

from assay_server.engines.stats import Estimate, Interval
from assay_server.engines.stats.reliability import (
    Counts,
    Label,
    chances,
    count_passes,
    label,
    split_variance,
)
from assay_server.features.experiments.cases import MAX_PAGE, PASS, Payloads, raw, unknown_score
from assay_server.features.experiments.comparison import ExperimentHead, Side
from assay_server.features.experiments.lineup import Lineup, score_names
from assay_server.features.experiments.rows import CaseTable, Floats

THRESHOLD = PASS
"""Scores from here on pass, unless the caller says otherwise."""

MAX_HISTORY = 20
"""Most earlier experiments that labels may rest on."""

MAX_K = 32
"""Largest k for which chances over k trials are given."""

Shown = Literal["all", "stable_pass", "stable_fail", "flaky"]
SHOWN: tuple[Shown, ...] = get_args(Shown)

Repeats = Mapping[str, Mapping[str, tuple[int, float]]]
"""By score and trace: how often it was judged, and the variance of the judgements."""


class Share(msgspec.Struct, frozen=True):
    """A chance averaged over `cases` cases, with its 95 % interval."""

    mean: float
    interval: Interval | None
    cases: int


class KTrials(msgspec.Struct, frozen=True):
    """Chances over k trials: `any` that at least one passes (pass@k), `all` that every one does (pass^k).

    Unbiased: 1 − C(n−c, k)/C(n, k) and C(c, k)/C(n, k) for c passes in n trials.
    """

    k: int
    any: Share
    all: Share


class VarianceSplit(msgspec.Struct, frozen=True):
    """Where the spread of a score comes from.

    `case`: cases differ. `sampling`: the same case comes out differently each time. `judge`: the same answer is
    judged differently each time; null when none was judged twice, and `sampling` then includes it. All but
    `total`, the plain variance over traces, are null when no case ran twice.
    """

    case: float | None
    sampling: float | None
    judge: float | None
    total: float


class ScoreReliability(msgspec.Struct, frozen=True):
    """One score: chances over 1, 2, … trials, variance, and how many cases have each label."""

    name: str
    threshold: float
    chances: list[KTrials]
    variance: VarianceSplit
    labels: dict[Label, int]


class PastRun(msgspec.Struct, frozen=True):
    """One case in one experiment: scored trials, and those that passed."""

    experiment_id: str
    trials: int
    passed: int


class LabelledCase(msgspec.Struct, frozen=True):
    """A case, what it is, and the runs the label rests on, oldest first; the last one is the experiment itself.

    `row_id` and `root_span_id` are those of its first trace; `origin` names the dataset row it came from.
    """

    key: str
    label: Label
    row_id: str
    root_span_id: str
    input: msgspec.Raw
    origin: msgspec.Raw
    history: list[PastRun]


class Reliability(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/reliability`.

    `history` are the earlier experiments that labels rest on, oldest first. `cases` are those of `score`. Intervals
    treat cases with one value of the `cluster_key` as dependent.
    `cursor` is null on the last page.
    """

    experiment: ExperimentHead
    history: list[ExperimentHead]
    cluster_key: str | None
    scores: list[ScoreReliability]
    score: str | None
    cases: list[LabelledCase]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """Every case of one score with its label, in order of appearance: position of its first row, and label.

    `passes` are the experiments labels rest on, oldest first: id, and by case its trials and those that passed.
    """

    keys: list[str]
    first: list[int]
    labels: list[Label]
    passes: Sequence[tuple[str, Mapping[str, tuple[int, int]]]]

    def runs(self, key: str) -> list[PastRun]:
        """The runs that scored a case, oldest first."""
        return [PastRun(run, *passes[key]) for run, passes in self.passes if key in passes]


def score_reliability(
    side: Side, name: str, threshold: float, repeats: Repeats, labelled: Labelled
) -> ScoreReliability:
    """Everything about one score but the single cases."""
    table = side.table
    column = table.scores[name]
    sample = Lineup(side, None).sample(0, column)
    counts = count_passes(sample, threshold)
    judged, variance = _repeats(table, column, repeats.get(name, {}))
    split = split_variance(sample, judged, variance)
    most = min(MAX_K, int(counts.trials.max(initial=0)))
    return ScoreReliability(
        name=name,
        threshold=threshold,
        chances=[
            KTrials(found.k, _share(found.any_passes), _share(found.all_pass))
            for found in chances(counts, range(1, most + 1))
        ],
        variance=VarianceSplit(split.case, split.sampling, split.judge, split.total),
        labels={name: labelled.labels.count(name) for name in get_args(Label)},
    )


def label_cases(runs: Sequence[Lineup], name: str, threshold: float) -> Labelled:
    """Label each case that the experiment scored, by its trials there and before: `runs` ends with the experiment and
    begins with the oldest of those before it, each alone in its lineup.
    """
    found = [(run.experiment.head.id, _passes(run, name, threshold)) for run in runs]
    passes = [by_case for _, by_case in found]
    keys, first, labels = list[str](), list[int](), list[Label]()
    known: dict[tuple[tuple[int, int], ...], Label] = {}  # thousands of cases share a few histories
    for key, position in zip(runs[-1].numbers, runs[-1].first_rows(0)[1].tolist(), strict=True):
        if key not in passes[-1]:
            continue
        history = tuple([by_case[key] for by_case in passes if key in by_case])
        if history not in known:
            known[history] = label(history)
        keys.append(key)
        first.append(position)
        labels.append(known[history])
    return Labelled(keys, first, labels, found)


def render_case(side: Side, labelled: Labelled, i: int, payloads: Payloads) -> LabelledCase:
    """One labelled case with the input of its first trace."""
    row = labelled.first[i]
    row_id = side.table.row_ids[row]
    payload = payloads.get(row_id, {})
    return LabelledCase(
        key=labelled.keys[i],
        label=labelled.labels[i],
        row_id=row_id,
        root_span_id=side.table.root_span_ids[row],
        input=raw(payload, "input"),
        origin=raw(payload, "origin"),
        history=labelled.runs(labelled.keys[i]),
    )


def pick_score(side: Side, wanted: str | None) -> str | None:
    """The score whose cases are listed: the wanted one, else the first. Raises BadRequest for an unknown one."""
    names = score_names([side])
    if wanted is not None and wanted not in names:
        raise unknown_score(wanted, names)
    return wanted or next(iter(names), None)


def positions(labelled: Labelled, shown: Shown, *, limit: int, start: int) -> tuple[list[int], int | None]:
    """Indices of the next labelled cases from `start`, and where the page after them starts."""
    hits = [i for i in range(start, len(labelled.keys)) if shown == "all" or labelled.labels[i] == shown]
    limit = min(limit, MAX_PAGE)
    return hits[:limit], hits[limit] if len(hits) > limit else None


def _passes(lineup: Lineup, name: str, threshold: float) -> dict[str, tuple[int, int]]:
    column = lineup.experiment.table.scores.get(name)
    if column is None:
        return {}
    counts: Counts = count_passes(lineup.sample(0, column), threshold)
    keys = list(lineup.numbers)
    return {
        keys[case]: (trials, passed)
        for case, trials, passed in zip(
            counts.cases.tolist(), counts.trials.tolist(), counts.passed.tolist(), strict=True
        )
    }


def _repeats(
    table: CaseTable, column: Floats, repeats: Mapping[str, tuple[int, float]]
) -> tuple[Floats | None, Floats | None]:
    """Judgements and their variance per scored trace."""
    if not repeats:
        return None, None
    scored = np.flatnonzero(~np.isnan(column)).tolist()
    pairs = [repeats.get(table.root_span_ids[i], (1, 0.0)) for i in scored]
    judged, variance = zip(*pairs, strict=True)
    return np.array(judged, dtype=np.float64), np.array(variance, dtype=np.float64)


def _share(found: Estimate) -> Share:
    assert found.mean is not None, "chances are given only where a case has enough trials"
    return Share(found.mean, found.interval, found.n)
