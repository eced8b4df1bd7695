"""Experiments as objects: their names, and the choice of a baseline when one is created."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.times import iso_now
from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.errors import BadRequest, NotFound
from assay_server.features.experiments.tables import MAY_BE_BASELINE, experiments
from assay_server.features.experiments.types import ExperimentFields
from assay_server.features.projects.service import ObjectService, StoreOver
from assay_server.ports.bus import SpansWritten

if TYPE_CHECKING:
    from assay_server.ports.bus import Bus

_MAX_ANCESTORS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An experiment to create: its place, its name (None: make one), and how to find its baseline."""

    project_id: str
    name: str | None
    fields: ExperimentFields
    ensure_new: bool = False
    replace: bool = False
    base_name: str | None = None
    ancestor_commits: Sequence[str] = ()
    created: str | None = None


class ExperimentStore(StoreOver):
    """Experiments, whose baseline and data set are checked and whose names may be made up."""

    def __init__(self, objects: ObjectService, bus: Bus) -> None:
        super().__init__(objects)
        self._bus = bus

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create an experiment; a taken name finds the one that has it, or with `ensure_new` gets a suffix."""
        wanted = Wanted(
            project_id=values["project_id"],
            name=values["name"],
            fields=ExperimentFields.model_construct(**values),
            ensure_new=bool(values["ensure_new"]) and not replace,
            replace=replace,
            ancestor_commits=values["ancestor_commits"] or (),
            created=values["created"],
        )
        return create_experiment(self.objects, actor, wanted)

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change the fields that were sent."""
        columns = dict(changes)
        if columns.get("base_exp_id"):
            check_base(self.objects, actor, columns["base_exp_id"])
        if columns.get("dataset_id"):
            columns["dataset_id"] = self.objects.get(actor, "dataset", columns["dataset_id"])["id"]
        if "repo_info" in columns:
            columns["commit"] = commit_of(columns["repo_info"])
        for flag in ("public", "archived"):
            if flag in columns:
                columns[flag] = bool(columns[flag])
        if columns.get("progress"):
            columns["progress"] = _reported(columns["progress"])
        row = self.objects.update(actor, kind, object_id, columns)
        if "progress" in columns:  # pages that follow the run learn of its end as they learn of its rows
            self._bus.publish(SpansWritten(row["project_id"], "experiment", row["id"], (), 0))
        return row


def create_experiment(objects: ObjectService, actor: Actor, wanted: Wanted) -> tuple[Record, bool]:
    """Create an experiment or find the one of that name: `(row, found)`.

    Raises BadRequest when the baseline that is named does not exist, NotFound for an unknown dataset.
    """
    values = experiment_values(objects, actor, wanted.fields)
    values |= {"project_id": wanted.project_id, "created": wanted.created}
    values["public"] = bool(wanted.fields.public)
    values["base_exp_id"] = choose_base(objects, actor, wanted)
    name = wanted.name or generated_name(wanted.fields.repo_info)
    only_new = wanted.ensure_new or not wanted.name
    row, found = objects.create(actor, "experiment", {**values, "name": name}, replace=wanted.replace)
    while found and only_new:  # eight random digits: a second round is as good as never needed
        row, found = objects.create(actor, "experiment", {**values, "name": unique_name(name)})
    return row, found


def experiment_values(objects: ObjectService, actor: Actor, fields: ExperimentFields) -> dict[str, Any]:
    """Columns for the fields of a body, after checking the objects they point at."""
    # Without warnings: a store gets the fields of a body as plain values, the inner ones among them.
    values = fields.model_dump(include=set(ExperimentFields.model_fields), warnings=False)
    if fields.base_exp_id:
        check_base(objects, actor, fields.base_exp_id)
    if fields.dataset_id:
        values["dataset_id"] = objects.get(actor, "dataset", fields.dataset_id)["id"]
    values["commit"] = commit_of(fields.repo_info)
    if values["progress"]:
        values["progress"] = _reported(values["progress"])
    return values


def choose_base(objects: ObjectService, actor: Actor, wanted: Wanted) -> str | None:
    """The baseline to store: the one that is named, else the newest experiment on an ancestor commit, reruns of some
    cases and runs without any left out.

    A baseline set in the project comes before ancestors and is not stored: it may change, and experiments
    follow it. Nothing to store is no lack: comparisons then take the newest earlier experiment.
    """
    if wanted.fields.base_exp_id:
        return wanted.fields.base_exp_id
    same_project = sa.select(experiments.c.id).where(
        experiments.c.project_id == wanted.project_id, experiments.c.deleted_at.is_(None)
    )
    unnamed = same_project.where(experiments.c.archived.is_(False))
    if wanted.base_name:
        named = _first(objects, same_project.where(experiments.c.name == wanted.base_name))
        if named is None:
            raise _no_base(wanted.base_name)
        return named
    ancestors = list(wanted.ancestor_commits)[:_MAX_ANCESTORS]
    project = objects.get(actor, "project", wanted.project_id)
    if not ancestors or (project["settings"] or {}).get("baseline_experiment_id"):
        return None
    on_ancestor = unnamed.where(experiments.c.commit.in_(ancestors), MAY_BE_BASELINE)
    return _first(objects, on_ancestor.order_by(experiments.c.created.desc()))


def check_base(objects: ObjectService, actor: Actor, base_exp_id: str) -> None:
    """Raises BadRequest unless the actor may read that experiment."""
    try:
        objects.get(actor, "experiment", base_exp_id)
    except NotFound:
        raise _no_base(base_exp_id) from None


def generated_name(repo_info: dict[str, Any] | None) -> str:
    """A name from the git branch, when known, and the time: `main-2026-11-21-061501`."""
    branch = (repo_info or {}).get("branch")
    prefix = branch if isinstance(branch, str) and branch.strip() else "experiment"
    return f"{prefix[:200]}-{time.strftime('%Y-%m-%d-%H%M%S', time.gmtime())}"


def unique_name(name: str) -> str:
    """The name with a random suffix of 8 hex digits."""
    return f"{name}-{secrets.token_hex(4)}"


def commit_of(repo_info: dict[str, Any] | None) -> str | None:
    """The commit in git metadata, when it is text."""
    commit = (repo_info or {}).get("commit")
    return commit if isinstance(commit, str) else None


def _reported(progress: Mapping[str, Any]) -> dict[str, Any]:
    """Progress with the server's time: what is not heard of again for long has stalled."""
    return {**progress, "reported": iso_now()}


def _first(objects: ObjectService, query: sa.Select[Any]) -> str | None:
    with objects.meta.read() as connection:
        return connection.execute(query.limit(1)).scalar()


def _no_base(ref: str) -> BadRequest:
    return BadRequest(
        f"The base experiment {ref!r} does not exist here; name one of the project's experiments, or none.",
        code="base_experiment_not_found",
    )
