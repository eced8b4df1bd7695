"""Earlier experiments of an evaluation: what they answered, what a run of them cost and took.

An experiment's metadata says under `versions` which evaluation it ran and which versions of task and scorers, so that
later runs find it. Its root rows and score spans carry their keys in `span_attributes.cell`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from assay.core.errors import AssayError
from assay.core.experiments import RERUN_OF
from assay.evals.cases import ADDED_METADATA
from assay.evals.store import Answer, CellStore, Scored

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.evals.cells import Versions

VERSIONS = "versions"
"""Where an experiment's metadata describes the code it ran."""

_LOOK_BACK = 50
"""Newest experiments of the project that are considered."""

_MOST_PULLED = 10
"""Experiments of matching versions whose rows are copied."""

_ANSWERS = """
SELECT id, output, metadata, tags, span_attributes.cell AS cell, _xact_id,
  metrics.start AS start, metrics.end AS end, metrics.throttled AS throttled
FROM experiment('{id}')
WHERE is_root AND span_attributes.cell IS NOT NULL AND error IS NULL AND metadata IS NOT NULL
  AND metrics.end IS NOT NULL AND metrics.reused IS NULL AND _xact_id > '{since}'
"""
_SCORES = """
SELECT output, scores, metadata, span_attributes.cell AS cell, metrics.end AS end
FROM experiment('{id}')
WHERE span_attributes.type = 'score' AND span_attributes.cell IS NOT NULL AND error IS NULL
  AND scores IS NOT NULL AND metrics.end IS NOT NULL AND metrics.reused IS NULL AND _xact_id > '{since}'
"""
# A row may have its end before the columns logged with it: the end is read when a row is sent, they when it is queued.
# What the runner logs last (metadata of a root, scores of a scorer) says that everything is there.


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a case took earlier, on average: dollars (None: no call was priced) and seconds.

    `experiment` is where that is known from, `runs` how many it averages.
    """

    dollars: float | None
    seconds: float
    experiment: str
    runs: int


def newest_experiments(state: State, project_id: str) -> list[dict[str, Any]]:
    """The newest experiments of a project, newest first. Raises AssayError."""
    found = state.transport.get("/v1/experiment", project_id=project_id, limit=_LOOK_BACK)["objects"]
    return cast("list[dict[str, Any]]", found)


def made_by(
    experiments: Sequence[dict[str, Any]], label: str | None, versions: Versions | None = None
) -> list[dict[str, Any]]:
    """Those of the experiments that the evaluation of this label (its experiment name) made, reruns of some cases left
    out; with `versions` those of the same code come first.
    """
    found = [
        one for one in experiments if not is_rerun(one) and versions_in(one).get("evaluation", False) == label
    ]
    if versions is not None:
        found.sort(key=lambda one: not _shares_code(versions_in(one), versions))
    return found


def is_rerun(experiment: Mapping[str, Any]) -> bool:
    """Whether an experiment ran some cases of another one again, and not all there are."""
    metadata: Mapping[str, Any] = experiment.get("metadata") or {}
    return metadata.get(RERUN_OF) is not None


def versions_in(experiment: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an experiment says about the code it ran; empty when it was made otherwise."""
    metadata: Mapping[str, Any] = experiment.get("metadata") or {}
    found: Any = metadata.get(VERSIONS)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def pull(
    state: State, store: CellStore, experiments: Sequence[Mapping[str, Any]], versions: Versions
) -> None:
    """Copy what the same code answered and scored in these experiments into the store, where it is not yet.

    Raises AssayError.
    """
    matching = [one for one in experiments if _shares_code(versions_in(one), versions)]
    for experiment in matching[:_MOST_PULLED]:
        _pull_one(state, store, str(experiment["id"]))


def cost_of_a_run(state: State, experiments: Sequence[Mapping[str, Any]]) -> Cost | None:
    """What a run of a case took in the newest of these experiments that ran any; None when none did."""
    for experiment in experiments[:3]:
        try:
            answer = state.transport.get(f"/v1/experiment/{experiment['id']}/compare", to="none")
        except AssayError:
            continue
        duration = next((item for item in answer["metrics"] if item["name"] == "duration"), None)
        if duration and duration.get("n"):
            totals: Mapping[str, Any] = answer["totals"]
            parts: list[Mapping[str, float | None]] = [totals.get(part) or {} for part in ("task", "scoring")]
            known = [cost for part in parts if (cost := part.get("cost")) is not None]
            runs = int(duration["n"])
            return Cost(
                dollars=sum(known) / runs if known else None,
                seconds=float(duration["mean"]),
                experiment=str(experiment["name"]),
                runs=runs,
            )
    return None


def query_rows(state: State, query: str) -> Iterator[dict[str, Any]]:
    """Every row of a query. Raises AssayError."""
    answer = state.transport.retrying("POST", "/btql", json={"query": query, "fmt": "jsonl"})
    return (json.loads(line) for line in answer.body.splitlines() if line)


def _shares_code(theirs: Mapping[str, Any], ours: Versions) -> bool:
    if ours.task is not None and theirs.get("task") == ours.task:
        return True
    scorers: Mapping[str, Any] = theirs.get("scorers") or {}
    return any(version is not None and scorers.get(name) == version for name, version in ours.scorers.items())


def _pull_one(state: State, store: CellStore, experiment_id: str) -> None:
    since = store.pulled_until(experiment_id)
    newest = since
    for row in query_rows(state, _ANSWERS.format(id=experiment_id, since=since)):
        newest = max(newest, str(row["_xact_id"]), key=int)
        metadata: dict[str, Any] = row.get("metadata") or {}
        answer = Answer(
            made=float(row["end"]),
            seconds=max(0.0, row["end"] - row["start"] - (row.get("throttled") or 0.0)),
            output=row.get("output"),
            metadata={key: value for key, value in metadata.items() if key not in ADDED_METADATA},
            tags=row.get("tags"),
            origin={"object_type": "experiment", "object_id": experiment_id, "id": str(row["id"])},
        )
        store.put(str(row["cell"]), answer)
    for row in query_rows(state, _SCORES.format(id=experiment_id, since=since)):
        store.put(str(row["cell"]), Scored(float(row["end"]), _scores_in(row)))
    store.flush()
    store.note_pulled(experiment_id, newest)


def _scores_in(row: Mapping[str, Any]) -> list[tuple[str, float | None, dict[str, Any]]]:
    """The scores of a score span, as `runner` writes them: one beside its metadata, or several by name."""
    scores: Mapping[str, float | None] = row.get("scores") or {}
    metadata: Mapping[str, Any] = row.get("metadata") or {}
    output: Mapping[str, Any] = row.get("output") or {}
    if len(scores) == 1 and set(output) == {"score"}:
        ((name, score),) = scores.items()
        return [(name, score, dict(metadata))]
    return [(name, score, dict(metadata.get(name) or {})) for name, score in scores.items()]
