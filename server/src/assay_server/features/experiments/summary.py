"""The compatible summaries, cut from a `Comparison` without any arithmetic of their own.

The shapes are strict: clients splat them into typed records, so a key more or less is an error on their side.
Numbers are spelled so that every client reads the same one.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from assay_server.features.experiments.comparison import Comparison, ExperimentHead, Item
from assay_server.features.experiments.spelling import spelled

Number = Annotated[Raw, Meta(extra_json_schema={"type": "number"})]


class ScoreSummary(Struct, frozen=True):
    """One score: mean over the experiment, matched cases that moved, difference when there is a baseline."""

    name: str
    score: Number
    improvements: int
    regressions: int
    diff: Number | UnsetType = UNSET


class MetricSummary(Struct, frozen=True):
    """One metric, like a score; `unit` is "s", "tok", "$" or ""."""

    name: str
    metric: Number
    unit: str
    improvements: int
    regressions: int
    diff: Number | UnsetType = UNSET


class ComparisonSummary(Struct, frozen=True):
    """The answer of `GET /experiment-comparison2`; what has no value at all is left out."""

    scores: dict[str, ScoreSummary]
    metrics: dict[str, MetricSummary]


class ExperimentSummary(Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/summarize`; the last three only when scores are asked for."""

    project_name: str
    experiment_name: str
    project_url: str
    experiment_url: str
    comparison_experiment_name: str | None
    scores: dict[str, ScoreSummary] | None
    metrics: dict[str, MetricSummary] | None


def experiment_summary(
    head: ExperimentHead, comparison: Comparison | None, *, app_url: str, org_name: str
) -> ExperimentSummary:
    """Names and links of an experiment and, given its comparison, what came of it.

    `app_url` is the base of browser links.
    """
    project_url = f"{app_url}/app/{quote(org_name, safe='')}/p/{quote(head.project_name, safe='')}"
    items = comparison_summary(comparison) if comparison else None
    baseline = comparison.baseline if comparison else None
    return ExperimentSummary(
        project_name=head.project_name,
        experiment_name=head.name,
        project_url=project_url,
        experiment_url=f"{project_url}/experiments/{quote(head.name, safe='')}",
        comparison_experiment_name=baseline.name if baseline else None,
        scores=items.scores if items else None,
        metrics=items.metrics if items else None,
    )


def comparison_summary(comparison: Comparison) -> ComparisonSummary:
    """Scores and metrics by name."""
    return ComparisonSummary(
        scores={
            item.name: ScoreSummary(
                item.name, spelled(item.mean), item.improvements, item.regressions, _diff(item)
            )
            for item in comparison.scores
            if item.mean is not None
        },
        metrics={
            item.name: MetricSummary(
                item.name, spelled(item.mean), item.unit, item.improvements, item.regressions, _diff(item)
            )
            for item in comparison.metrics
            if item.mean is not None
        },
    )


def _diff(item: Item) -> Number | UnsetType:
    return UNSET if item.diff is None else spelled(item.diff)
