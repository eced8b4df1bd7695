"""What a run needs before its first case: the experiment, what is known of its cells, and what it will cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.errors import AssayError, ConfigError
from assay.datasets import Dataset
from assay.evals import earlier
from assay.evals.cells import CellMaker, ScoreKeys, Versions
from assay.evals.data import BaseExperiment
from assay.evals.resume import find_unfinished, progress_of, remove_rows
from assay.evals.reuse import Reuse
from assay.evals.store import CellStore
from assay.tracing.idgen import random_bits

if TYPE_CHECKING:
    from assay.evals.evaluator import Evaluator
    from assay.evals.runner import Plan
    from assay.experiments import Experiment


@dataclass(slots=True, kw_only=True)
class Session:
    """An evaluation ready to run. `data` may be pinned to what the resumed experiment read; `cost` is what a run
    of a case took earlier; `notes` say what cannot be reused and why. `planned` is how many traces the experiment will
    have, once that is known.
    """

    experiment: Experiment | None
    reuse: Reuse
    data: Any
    cost: earlier.Cost | None = None
    notes: list[str] = field(default_factory=list[str])
    planned: int | None = None


def open_session(evaluator: Evaluator, plan: Plan, data: Any, *, forecast: bool) -> Session:
    """Register the experiment (or find the one to resume) and learn what there is. Waits for the server.

    Raises AssayError: a wrong key, an unknown baseline or code that changed before a resume stop a run before it
    costs.
    """
    names = [call.name for call in plan.scorers]
    versions = Versions.of(evaluator.task, evaluator.scores, names, cache_key=evaluator.cache_key)
    if evaluator.no_send_logs:
        return _local_session(evaluator, plan, data, versions)
    session = _resumed(evaluator, data, versions) if evaluator.resume else None
    if session is None:
        experiment = _register(evaluator, data, versions)
        salt = experiment.id.encode()
        if evaluator.update:  # more trials of the same cases, not the same trials again
            salt += f"{random_bits(64):x}".encode()
        session = Session(experiment=experiment, reuse=Reuse(salt=salt), data=data)
        if evaluator.resume:
            session.notes.append("there was no experiment of this evaluation to resume: this is a new one")
    assert session.experiment is not None
    _name_cells(session, evaluator, plan, versions)
    session.reuse.usable = session.experiment.state.batcher.masking is None
    if forecast or evaluator.cache or evaluator.max_cost is not None:
        _look_back(session, session.experiment, evaluator, versions)
    return session


def _local_session(evaluator: Evaluator, plan: Plan, data: Any, versions: Versions) -> Session:
    for what, given in (
        ("resume", evaluator.resume),
        ("max_cost", evaluator.max_cost is not None),
        ("stop_early", bool(evaluator.stop_early)),
    ):
        if given:
            raise ConfigError(f"{what} needs the server, which keeps rows and prices: drop no_send_logs")
    session = Session(experiment=None, reuse=Reuse(), data=data)
    if evaluator.cache:
        _name_cells(session, evaluator, plan, versions)
    return session


def _name_cells(session: Session, evaluator: Evaluator, plan: Plan, versions: Versions) -> None:
    reuse = session.reuse
    reuse.maker = CellMaker(evaluator.name, versions, plan.parameters, sees_case=plan.task_takes_hooks)
    reuse.score_keys = ScoreKeys(plan.scorers, versions)
    reuse.fresh = evaluator.fresh
    if not evaluator.cache:
        return
    reuse.store = CellStore()
    readers = [call.name for call in plan.scorers if "trace" in call.reads]
    if readers:
        reuse.answers = False
        session.notes.append(f"answers are not reused: {', '.join(readers)} may read the trace of the task")
    elif versions.task is None:
        session.notes.append(
            "answers are not reused: the task depends on what has no lasting form; see cache_by"
        )
    for name in (name for name, version in versions.scorers.items() if version is None):
        session.notes.append(f"scores of {name} are not reused: it depends on what has no lasting form")


def _look_back(session: Session, experiment: Experiment, evaluator: Evaluator, versions: Versions) -> None:
    """Copy what earlier experiments know, and learn what a run costs. Knowing nothing is no failure."""
    state = experiment.state
    try:
        newest = earlier.newest_experiments(state, str(experiment.data["project_id"]))
        others = [one for one in newest if one["id"] != experiment.id]
        if session.reuse.store is not None and not evaluator.fresh:
            earlier.pull(state, session.reuse.store, others, versions)
        past = earlier.made_by(newest if evaluator.resume else others, evaluator.experiment_name, versions)
        session.cost = earlier.cost_of_a_run(state, past)
    except (AssayError, KeyError, TypeError, ValueError) as error:
        if evaluator.cache:
            session.notes.append(f"earlier experiments could not be read: {error}")


def _resumed(evaluator: Evaluator, data: Any, versions: Versions) -> Session | None:
    from assay.client.state import configured_state
    from assay.experiments import init

    state = configured_state()
    project = state.project(name=evaluator.name, id=evaluator.project_id)
    project_id = project.resolve(state.transport)
    found = find_unfinished(state, project_id, evaluator.experiment_name, versions, evaluator.parameters)
    if found is None:
        return None
    progress = progress_of(state, str(found["id"]))
    experiment = init(
        project_id=project_id,
        experiment=str(found["name"]),
        update=True,
        git_metadata_settings=False,
        set_current=False,
        state=state,
    )
    state.login()
    remove_rows(experiment, progress.stale)
    if isinstance(data, Dataset) and found.get("dataset_version"):
        data = data.at(str(found["dataset_version"]))
    reuse = Reuse(salt=str(found["id"]).encode(), finished=progress.finished)
    return Session(experiment=experiment, reuse=reuse, data=data)


def _register(evaluator: Evaluator, data: Any, versions: Versions) -> Experiment:
    from assay.experiments import init

    base = data.name if isinstance(data, BaseExperiment) else None
    experiment = init(
        project=evaluator.name,
        project_id=evaluator.project_id,
        experiment=evaluator.experiment_name,
        description=evaluator.description,
        dataset=data if isinstance(data, Dataset) else None,
        base_experiment=evaluator.base_experiment_name or base,
        base_experiment_id=evaluator.base_experiment_id,
        update=evaluator.update,
        is_public=evaluator.is_public,
        git_metadata_settings=evaluator.git_metadata_settings,
        repo_info=evaluator.repo_info,
        metadata=_metadata(evaluator, versions),
        tags=_listed(evaluator.tags),
        set_current=False,
    )
    experiment.state.login()  # its organization is part of every link
    _ = experiment.id
    return experiment


def _metadata(evaluator: Evaluator, versions: Versions) -> dict[str, Any]:
    """The evaluation's metadata; its parameters are part of it, so that runs can be told apart by them, and so are
    the versions of its code.
    """
    metadata = dict(evaluator.metadata or {})
    if evaluator.parameters:
        metadata.setdefault("parameters", dict(evaluator.parameters))
    metadata.setdefault(earlier.VERSIONS, {"evaluation": evaluator.experiment_name, **versions.as_json()})
    return metadata


def _listed(tags: Sequence[str] | None) -> list[str] | None:
    return list(tags) if tags else None
