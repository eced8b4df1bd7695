"""The cases of an earlier experiment that pass sometimes: what to run again, more often, to learn how bad it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.core.errors import ConfigError
from assay.evals.canonical import case_key
from assay.evals.data import CaseSet
from assay.evals.earlier import is_rerun, made_by, newest_experiments

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.evals.evaluator import Evaluator

TRIALS = 5
"""Trials of a flaky case unless more are asked for: its rate of passing is then known within about 40 points."""

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaky:
    """What the server labels flaky in an experiment, by any score: how many cases, and which."""

    experiment_id: str
    experiment: str
    count: int
    cases: CaseSet


def newest_run(state: State, evaluator: Evaluator) -> dict[str, Any]:
    """The newest experiment this evaluation made, else the newest of its project; reruns of some cases do not count.

    Raises ConfigError when there is none, AssayError when the server does not answer.
    """
    project_id = state.project(name=evaluator.name, id=evaluator.project_id).resolve(state.transport)
    newest = [one for one in newest_experiments(state, project_id) if not is_rerun(one)]
    own = made_by(newest, evaluator.experiment_name) or newest
    if not own:
        raise ConfigError(f"there is no experiment of {evaluator.name!r} yet: run it first, best with trials")
    return own[0]


def find_flaky(state: State, experiment: Mapping[str, Any]) -> Flaky:
    """The flaky cases of an experiment, given as the server describes it.

    Labels rest on its trials and on those of the experiments before it on the same dataset. Raises AssayError.
    """
    keys, inputs, row_ids = set[str](), set[str](), set[str]()
    for case in _flaky_cases(state, str(experiment["id"])):
        keys.add(str(case["key"]))
        origin: Mapping[str, Any] = case.get("origin") or {}
        if (key := case_key(case, ("input",))) is not None:
            inputs.add(key)
        if origin.get("object_type") == "dataset":
            row_ids.add(str(origin["id"]))
    return Flaky(
        experiment_id=str(experiment["id"]),
        experiment=str(experiment["name"]),
        count=len(keys),
        cases=CaseSet(frozenset(inputs), frozenset(row_ids)),
    )


def _flaky_cases(state: State, experiment_id: str) -> Iterator[dict[str, Any]]:
    """Flaky cases of each score, one score after the other."""
    path = f"/v1/experiment/{experiment_id}/reliability"
    scores = state.transport.get(path, label="flaky", limit=1)["scores"]
    for name in [score["name"] for score in scores if score["labels"].get("flaky")]:
        cursor: str | None = None
        while True:
            page = state.transport.get(path, label="flaky", score=name, limit=_PAGE, cursor=cursor)
            yield from page["cases"]
            cursor = page.get("cursor")
            if not cursor:
                break
