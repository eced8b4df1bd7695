"""Cases from an earlier experiment, for improving on it without writing expectations by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.core.errors import ConfigError
from assay.evals.cases import ADDED_METADATA, EvalCase

if TYPE_CHECKING:
    from assay.evals.data import BaseExperiment
    from assay.experiments import Experiment


def experiment_cases(base: BaseExperiment, experiment: Experiment | None) -> list[EvalCase]:
    """The cases of the experiment that `experiment` is compared with, newest run of each last.

    Each expects what it expected there or, failing that, what came out there; failed cases are left out.
    Raises ConfigError without a recorded experiment or a baseline.
    """
    if experiment is None:
        raise ConfigError("BaseExperiment needs the server: drop no_send_logs")
    earlier = experiment.fetch_base_experiment()
    if earlier is None:
        raise ConfigError(
            "there is no earlier experiment to take cases from: name one, as in BaseExperiment('v1')"
        )
    rows = list(earlier.fetch())
    return [
        _case(row, earlier.id) for row in reversed(rows) if row.get("is_root") and row.get("error") is None
    ]


def _case(row: dict[str, Any], experiment_id: str) -> EvalCase:
    expected = row.get("expected")
    metadata: dict[str, Any] = row.get("metadata") or {}
    origin = row.get("origin") or {"object_type": "experiment", "object_id": experiment_id, "id": row["id"]}
    return EvalCase(
        input=row.get("input"),
        expected=row.get("output") if expected is None else expected,
        metadata={key: value for key, value in metadata.items() if key not in ADDED_METADATA},
        tags=row.get("tags"),
        origin=origin,
    )
