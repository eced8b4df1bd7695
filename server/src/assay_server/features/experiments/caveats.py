"""What weakens a comparison: data, scorers or judges that differ, cases without partner, too few cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter

from assay.core.experiments import STOPPED
from assay_server.features.experiments.comparison import CaseCounts, Caveat, Item, Reason, Side, UnmatchedCase

FEW_CASES = 20
"""Below this many matched cases a comparison carries a warning."""

MUCH_LESS = 0.05
"""Difference in the share of scored traces that makes two means answer different questions."""


_REASONS: dict[Reason, str] = {
    "changed": "edited",
    "no_key": "without a comparison key",
    "no_partner": "not in the other run",
}


def caveats(
    experiment: Side,
    baseline: Side,
    counts: CaseCounts,
    scores: Sequence[Item],
    unmatched: Sequence[UnmatchedCase] = (),
) -> list[Caveat]:
    """Warnings of one comparison, the weightiest first; `unmatched` are the cases without partner of which the reason
    is known.
    """
    return [
        *_data(experiment, baseline),
        *_scorers(experiment, baseline),
        *_cases(counts, scores, unmatched),
        *_coverage(experiment, baseline, scores),
        *_runs(experiment, baseline),
    ]


def _data(experiment: Side, baseline: Side) -> Iterator[Caveat]:
    ours, theirs = experiment.head, baseline.head
    if ours.dataset_id != theirs.dataset_id:
        yield Caveat("dataset_differs", "The two experiments ran on different datasets.")
    elif ours.dataset_version != theirs.dataset_version:
        yield Caveat("dataset_version_differs", "The dataset changed between the two experiments.")


def _scorers(experiment: Side, baseline: Side) -> Iterator[Caveat]:
    for code, what, part in (
        ("scorer_version_differs", "The scorer changed between the two experiments", attrgetter("versions")),
        ("judge_model_differs", "The judge asked another model in the baseline", attrgetter("models")),
    ):
        shared = sorted(set(experiment.scorers) & set(baseline.scorers))
        changed = [
            f"{name} ({' and '.join(sorted(before))} → {' and '.join(sorted(now))})"
            for name in shared
            if (before := part(baseline.scorers[name]))
            and (now := part(experiment.scorers[name]))
            and before != now
        ]
        if changed:
            yield Caveat(code, f"{what}: {', '.join(changed)}.")


def _cases(
    counts: CaseCounts, scores: Sequence[Item], unmatched: Sequence[UnmatchedCase]
) -> Iterator[Caveat]:
    if counts.only_experiment or counts.only_baseline:
        here = counts.only_experiment
        message = (
            f"{here} {'case is' if here == 1 else 'cases are'} only in this experiment"
            f"{_reasons(unmatched, 'experiment')} and {counts.only_baseline} only in the baseline"
            f"{_reasons(unmatched, 'baseline')}; their comparison key has no partner."
        )
        yield Caveat("unmatched_cases", message)
    apart = [item.name for item in scores if item.verdict and not item.paired]
    if apart:
        message = (
            f"Too few cases match to compare them in pairs: {', '.join(apart)} compared as two separate "
            "groups, which needs far more cases to show a difference."
        )
        yield Caveat("unpaired", message)
    if counts.matched < FEW_CASES:
        matched = "1 matched case is" if counts.matched == 1 else f"{counts.matched} matched cases are"
        yield Caveat("few_cases", f"{matched} few: only large differences can show.")


def _reasons(unmatched: Sequence[UnmatchedCase], side: str) -> str:
    """` (2 edited, 1 not in the other run)`; nothing where no reason is known."""
    found = Counter(case.reason for case in unmatched if case.side == side)
    parts = [f"{found[reason]} {words}" for reason, words in _REASONS.items() if found[reason]]
    return f" ({', '.join(parts)})" if parts else ""


def _coverage(experiment: Side, baseline: Side, scores: Sequence[Item]) -> Iterator[Caveat]:
    missing = set(experiment.table.scores) ^ set(baseline.table.scores)
    if missing:
        names = ", ".join(sorted(missing))
        yield Caveat("scores_differ", f"Only one of the two experiments has: {names}.")
    uneven = [
        f"{item.name} ({item.baseline_coverage:.0%} → {item.coverage:.0%})"
        for item in scores
        if item.verdict is not None
        and item.coverage is not None
        and item.baseline_coverage is not None
        and abs(item.coverage - item.baseline_coverage) > MUCH_LESS
    ]
    if uneven:
        message = f"The two runs have scores for different shares of their traces: {', '.join(uneven)}."
        yield Caveat("coverage_differs", message)


def _runs(experiment: Side, baseline: Side) -> Iterator[Caveat]:
    for side, which in ((experiment, "This experiment"), (baseline, "The baseline")):
        if (side.head.metadata or {}).get(STOPPED):
            message = (
                f"{which} stopped as soon as it was decided: the interval that allows for this is in its "
                f"metadata.{STOPPED}, and the ones here are somewhat too narrow."
            )
            yield Caveat("stopped_early", message)
