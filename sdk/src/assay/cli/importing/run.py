"""The order of an import: what others refer to comes first."""

from __future__ import annotations

from assay.cli.importing.access import copy_access
from assay.cli.importing.context import Import
from assay.cli.importing.functions import copy_functions, functions_of
from assay.cli.importing.objects import (
    DATASET,
    EXPERIMENT,
    chosen_projects,
    copy_environments,
    copy_object,
    copy_pins,
    copy_project,
    copy_settings,
    copy_snapshots,
    link_experiment,
)
from assay.cli.importing.site import Object
from assay.cli.importing.tables import Table, copy_logs, copy_newest, copy_versions, log_window
from assay.core.errors import ApiError


def run_import(run: Import) -> None:
    """Copy what was chosen. Raises Unreachable or ApiError when a side cannot be used; the state stays good."""
    projects = chosen_projects(run)
    for project in projects:
        copy_project(run, project)
    if run.wants("environments"):
        copy_environments(run)
    if run.wants("prompts"):
        for project in projects:
            copy_functions(run, project)
    datasets = _copied(run, "dataset", projects, DATASET)
    experiments = _copied(run, "experiment", projects, EXPERIMENT)
    for project, one in datasets:
        copy_versions(_table(run, "dataset", one, project))
        copy_snapshots(run, one)
    for _, one in experiments:
        link_experiment(run, one)
    for project, one in experiments:
        copy_newest(_table(run, "experiment", one, project))
    for project in projects if run.wants("logs") else ():
        copy_logs(_table(run, "project_logs", project, project))
    if run.wants("environments"):
        _copy_pins(run, projects, [one for _, one in datasets])
    for project in projects if run.wants("settings") else ():
        copy_settings(run, project)
    if run.wants("access"):
        copy_access(run)


def plan(run: Import) -> list[Object]:
    """What there is to copy, with counts, one entry a project; nothing is written."""
    window = log_window(run.choice.since, run.choice.until)
    found: list[Object] = []
    for project in chosen_projects(run):
        entry: Object = {"project": project["name"], "id": project["id"]}
        project_id = str(project["id"])
        if run.wants("prompts"):
            entry["prompts"] = len(functions_of(run, project_id))
        for kind in ("dataset", "experiment"):
            if run.wants(f"{kind}s"):
                objects = run.listed(f"/v1/{kind}", f"{kind}s", project_id=project_id)
                entry[f"{kind}s"] = len(objects)
                entry[f"{kind} rows"] = sum(_total(run, kind, str(one["id"])) for one in objects)
        if run.wants("logs"):
            entry["log rows"] = _total(run, "project_logs", project_id, window)
        found.append(entry)
    return found


def _total(run: Import, kind: str, object_id: str, where: list[Object] | None = None) -> int:
    try:
        return run.source.total(kind, object_id, where)
    except ApiError as error:
        if error.retryable or error.status in (401, 403):
            raise
        run.report.skip(f"the number of rows of {kind} {object_id}: {error}")
        return 0


def _copied(
    run: Import, kind: str, projects: list[Object], fields: tuple[str, ...]
) -> list[tuple[Object, Object]]:
    """Objects of a kind that were made here, each with its project, oldest first in each."""
    if not run.wants(f"{kind}s"):
        return []
    listed = [
        (project, one)
        for project in projects
        for one in run.listed(f"/v1/{kind}", f"{kind}s", project_id=str(project["id"]))
    ]
    return [(project, one) for project, one in listed if copy_object(run, kind, one, fields)]


def _copy_pins(run: Import, projects: list[Object], datasets: list[Object]) -> None:
    for one in datasets:
        copy_pins(run, "dataset", one)
    for project in projects if run.wants("prompts") else ():
        for one in functions_of(run, str(project["id"])):
            is_prompt = (one.get("function_data") or {"type": "prompt"}).get("type") == "prompt"
            if run.ids.object(str(one["id"])):
                copy_pins(run, "prompt" if is_prompt else "function", one)


def _table(run: Import, object_type: str, one: Object, project: Object) -> Table:
    source_id = str(one["id"])
    target_id = run.ids.object(source_id)
    assert target_id is not None, "only copied objects have rows here"
    title = str(project["name"]) if one is project else f"{project['name']}/{one['name']}"
    return Table(run, object_type, source_id, target_id, title)
