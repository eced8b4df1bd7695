"""Taking up an experiment that was cut short: a crash, a kill, Ctrl-C, a spent budget.

What is on the server is the truth. A trial is finished when its root row has what is logged with its end (`metadata`
among it), without an error: that is sent after everything below it. All other rows of the run are removed, and their
cells run again under the same row ids, so that nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.client.records import RowRecord
from assay.core.errors import ConfigError
from assay.core.times import iso_now
from assay.evals.earlier import is_rerun, made_by, newest_experiments, query_rows, versions_in

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.evals.cells import Versions
    from assay.experiments import Experiment

_ROWS = """
SELECT id, span_id, root_span_id, is_root, span_attributes.type AS type, metrics.end AS ended,
  metadata IS NOT NULL AS whole,
  error IS NOT NULL AS failed, metadata.scorer_errors IS NOT NULL AS unscored
FROM experiment('{id}')
"""


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far an experiment got: the span ids of finished roots, and rows of trials that are to run again."""

    finished: set[str]
    stale: list[str]


def find_unfinished(
    state: State, project_id: str, label: str | None, versions: Versions, parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The experiment to take up: the newest this evaluation made, or the one called `label`; None without either.

    Raises ConfigError when all were run by other code or with other parameters: an experiment must not mix two.
    """
    found = made_by(newest_experiments(state, project_id), label)
    if not found and label:
        named = state.transport.get("/v1/experiment", experiment_name=label, project_id=project_id)["objects"]
        found = [one for one in named if versions_in(one) and not is_rerun(one)]
    if not found:
        return None
    for experiment in found:  # a project may hold several evaluations without a name
        if not _changed(experiment, versions, parameters):
            return experiment
    what = " and ".join(_changed(found[0], versions, parameters))
    raise ConfigError(
        f"{found[0]['name']} cannot be resumed, because {what} changed since: "
        "run without resume (with the cache on, what did not change is not run again)"
    )


def _changed(experiment: Mapping[str, Any], versions: Versions, parameters: Mapping[str, Any]) -> list[str]:
    """What is no longer as the experiment had it, in words."""
    before = versions_in(experiment)
    metadata: Mapping[str, Any] = experiment.get("metadata") or {}
    earlier_parameters: Any = metadata.get("parameters") or {}
    compared = (
        ("the task", before.get("task") != versions.task),
        ("the scorers", before.get("scorers") != versions.scorers),
        ("the parameters", earlier_parameters != dict(parameters)),
    )
    return [what for what, differs in compared if differs]


def progress_of(state: State, experiment_id: str) -> Progressed:
    """What the experiment has, trial by trial. Raises AssayError."""
    finished: dict[str, str] = {}
    foreign: set[str] = set()
    rows: list[tuple[str, str]] = []
    for row in query_rows(state, _ROWS.format(id=experiment_id)):
        trace = str(row["root_span_id"])
        rows.append((trace, str(row["id"])))
        if not row["is_root"]:
            continue
        if row.get("type") != "eval":
            foreign.add(trace)  # logged by hand: none of our business
        elif row.get("ended") is not None and row["whole"] and not row["failed"] and not row["unscored"]:
            finished[trace] = str(row["span_id"])
    stale = [row_id for trace, row_id in rows if trace not in finished and trace not in foreign]
    return Progressed(set(finished.values()), stale)


def remove_rows(experiment: Experiment, row_ids: list[str]) -> None:
    """Delete rows of trials that are to run again; rows written later under the same ids take their place."""
    for row_id in row_ids:
        columns = {"id": row_id, "created": iso_now(), "_object_delete": True}
        experiment.state.add(RowRecord(experiment.target, columns), {})
        if experiment.state.batcher.crowded:
            experiment.state.flush()
    experiment.state.flush()
