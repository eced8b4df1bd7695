"""The compatible summaries, cut from a `Comparison` without any arithmetic of their own.

The shapes are strict: clients splat them into typed records, so a key more or less is an error on their side.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from assay_server.features.experiments.compare import Comparison, Item


def experiment_summary(comparison: Comparison, *, app_url: str, org_name: str) -> dict[str, Any]:
    """`GET /v1/experiment/{id}/summarize?summarize_scores=true`; `app_url` is the base of browser links."""
    head, baseline = comparison.experiment, comparison.baseline
    return {
        **summary_head(head.project_name, head.name, app_url=app_url, org_name=org_name),
        "comparison_experiment_name": baseline.name if baseline else None,
        **comparison_items(comparison),
    }


def summary_head(project_name: str, experiment_name: str, *, app_url: str, org_name: str) -> dict[str, Any]:
    """Names and browser links of an experiment and its project."""
    project_url = f"{app_url}/app/{quote(org_name, safe='')}/p/{quote(project_name, safe='')}"
    return {
        "project_name": project_name,
        "experiment_name": experiment_name,
        "project_url": project_url,
        "experiment_url": f"{project_url}/experiments/{quote(experiment_name, safe='')}",
    }


def comparison_items(comparison: Comparison) -> dict[str, Any]:
    """`GET /experiment-comparison2`: scores and metrics by name. Those without any value are left out."""
    return {
        "scores": {
            item.name: {"name": item.name, "score": item.mean, **_changes(item)}
            for item in comparison.scores
            if item.mean is not None
        },
        "metrics": {
            item.name: {"name": item.name, "metric": item.mean, "unit": item.unit, **_changes(item)}
            for item in comparison.metrics
            if item.mean is not None
        },
    }


def _changes(item: Item) -> dict[str, Any]:
    changes: dict[str, Any] = {"improvements": item.improvements, "regressions": item.regressions}
    return changes if item.diff is None else {**changes, "diff": item.diff}
