"""Projects, datasets and experiments as objects, what is set up in projects, and pins of environments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from assay.cli.failures import CommandFailed
from assay.cli.importing.context import Import
from assay.cli.importing.delivery import RowWriter
from assay.cli.importing.functions import with_ids
from assay.cli.importing.site import NOT_SERVED, Object
from assay.core.errors import ApiError

SETTINGS = {
    "project_score": ("name", "description", "score_type", "categories", "config", "position"),
    "project_tag": ("name", "description", "color", "position"),
    "project_automation": ("name", "description", "config"),
    "span_iframe": ("name", "description", "url", "post_message"),
    "mcp_server": ("name", "description", "url"),
    "agent": ("name", "slug", "description", "kind", "metadata"),
}
"""What is set up in a project: kind → its fields."""

VIEW = ("name", "description", "view_type", "view_data", "options", "starred")
DATASET = ("name", "description", "metadata", "tags")
EXPERIMENT = ("name", "description", "repo_info", "public", "metadata", "tags", "internal_metadata")
LINKS = {"base_exp_id": "", "dataset_id": "dataset_version", "parameters_id": "parameters_version"}
"""Fields of an experiment that name another object, and the field that names its version."""
SNAPSHOT = ("name", "description")


def chosen_projects(run: Import) -> list[Object]:
    """The projects to copy, oldest first. Raises CommandFailed when one that was named is not there."""
    found = run.source.listed("/v1/project", org_name=run.source.org_name)
    wanted = run.choice.projects
    missing = [one for one in wanted if not any(one in (row["id"], row["name"]) for row in found)]
    if missing:
        names = ", ".join(repr(one) for one in missing)
        raise CommandFailed(f"no project {names} in {run.source.org_name} on {run.source.url}")
    return [one for one in found if not wanted or one["id"] in wanted or one["name"] in wanted]


def copy_project(run: Import, project: Object) -> None:
    """Make a project, or find the one of its name."""
    if run.ids.object(str(project["id"])):
        run.report.there("projects")
        return
    body = {name: project.get(name) for name in ("name", "description", "created")}
    answer = run.target.call("POST", "/v1/project", json=body)
    made = cast("Object", answer.json())
    run.ids.add(str(project["id"]), str(made["id"]))
    found = answer.headers.get("x-bt-found-existing") == "true"
    (run.report.there if found else run.report.copied)("projects")


def copy_object(run: Import, kind: str, one: Object, fields: Iterable[str]) -> bool:
    """Make a dataset or experiment of the same name, or go on with it; links to others are set later.

    False when the target has one of the name with rows of its own, which is left alone.
    """
    source_id, kinds = str(one["id"]), f"{kind}s"
    if run.ids.object(source_id):
        run.report.there(kinds)
        return True
    body = {name: one.get(name) for name in (*fields, "created")}
    body["project_id"] = run.ids.object(str(one["project_id"]))
    try:
        answer = run.target.call("POST", f"/v1/{kind}", json=body)
    except ApiError as error:
        if error.retryable or error.status in (401, 403):
            raise
        run.report.refuse(kinds, kind, str(one["name"]), str(error))
        return False
    made = cast("Object", answer.json())
    if answer.headers.get("x-bt-found-existing") == "true":
        newest = RowWriter(run.target, kind, str(made["id"]), last=None).newest()
        if newest is not None:
            reason = "the target has one of this name with rows of its own, which is left alone"
            run.report.refuse(kinds, kind, str(one["name"]), reason)
            return False
    run.ids.add(source_id, str(made["id"]))
    run.report.copied(kinds)
    return True


def link_experiment(run: Import, one: Object) -> None:
    """Point an experiment at the dataset, version, parameters and baseline that stand for its own."""
    links: Object = {}
    for name, version in LINKS.items():
        there = one.get(name)
        here = run.ids.object(str(there)) if there else None
        if there and here is None:
            run.report.skip(f"{name} of experiment {one['name']}: {there} was not copied")
        if here is not None:
            links[name] = here
        if here is not None and version and one.get(version):
            found = run.ids.version(str(there), str(one[version]))
            links |= {version: found} if found else {}
            if found is None:
                run.report.skip(f"{version} of experiment {one['name']}: {one[version]} was not copied")
    if links:
        _patch(
            run, f"/v1/experiment/{run.ids.object(str(one['id']))}", links, "experiments", str(one["name"])
        )


def copy_snapshots(run: Import, dataset: Object) -> None:
    """Name the versions here that were named there."""
    for one in run.listed("/v1/dataset_snapshot", "snapshots", dataset_id=str(dataset["id"])):
        version = run.ids.version(str(dataset["id"]), str(one["xact_id"]))
        if version is None:
            reason = f"version {one['xact_id']} was not copied"
            run.report.refuse("snapshots", str(dataset["name"]), str(one["name"]), reason)
            continue
        body = {name: one.get(name) for name in (*SNAPSHOT, "created")}
        body |= {"dataset_id": run.ids.object(str(dataset["id"])), "xact_id": version}
        _create(run, "/v1/dataset_snapshot", body, "snapshots", str(dataset["name"]))


def copy_environments(run: Import) -> None:
    """Make the environments of the organization."""
    for one in run.listed("/environment", "environments", org_name=run.source.org_name):
        body = {name: one.get(name) for name in ("name", "slug", "description", "created")}
        _create(run, "/environment", body, "environments", run.target.org_name)


def copy_pins(run: Import, object_type: str, one: Object) -> None:
    """Let environments use the versions here that stand for those they use there."""
    source_id = str(one["id"])
    target_id = run.ids.object(source_id)
    path = f"/environment-object/{object_type}/{source_id}"
    try:
        pins = cast("list[Object]", run.source.get(path)["objects"])
    except ApiError as error:
        if error.status not in NOT_SERVED:
            raise
        run.report.skip(f"pins of environments: the source has no /environment-object ({error.status})")
        return
    there = {str(pin["environment_slug"]): pin for pin in pins}
    base = f"/environment-object/{object_type}/{target_id}"
    known = {
        str(pin["environment_slug"]): str(pin["object_version"])
        for pin in cast("list[Object]", run.target.get(base)["objects"])
    }
    for slug, pin in there.items():
        version = run.ids.version(source_id, str(pin["object_version"]))
        if version is None:
            reason = f"version {pin['object_version']} was not copied"
            run.report.refuse("pins", str(one.get("name")), slug, reason)
        elif known.get(slug) == version:
            run.report.there("pins")
        else:
            try:
                run.target.call("PUT", f"{base}/{slug}", json={"object_version": version})
                run.report.copied("pins")
            except ApiError as error:
                if error.retryable or error.status in (401, 403):
                    raise
                run.report.refuse("pins", str(one.get("name")), slug, str(error))


def copy_settings(run: Import, project: Object) -> None:
    """Copy what is set up in a project; what the target has of the same name is left as it is."""
    source_id, name = str(project["id"]), str(project["name"])
    target_id = run.ids.object(source_id)
    for kind, fields in SETTINGS.items():
        for one in run.listed(f"/v1/{kind}", f"{kind} objects", project_id=source_id):
            body = {field: with_ids(run, one.get(field)) for field in fields}
            _create(run, f"/v1/{kind}", {**body, "project_id": target_id}, "settings", name)
    for one in run.listed("/v1/view", "views", object_type="project", object_id=source_id):
        body = {field: with_ids(run, one.get(field)) for field in VIEW}
        _create(run, "/v1/view", {**body, "object_type": "project", "object_id": target_id}, "settings", name)
    _name_variables(run, source_id, name)
    wanted = cast("Object", with_ids(run, project.get("settings") or {}))
    here = cast("Object", run.target.get(f"/v1/project/{target_id}").get("settings") or {})
    new = {key: value for key, value in wanted.items() if key not in here}
    if new:
        _patch(run, f"/v1/project/{target_id}", {"settings": new}, "settings", name)


def _name_variables(run: Import, source_project: str, project: str) -> None:
    """Say which variables have to be set here: no server gives their values away."""
    about = {"object_type": "project", "object_id": source_project}
    names = sorted(str(one["name"]) for one in run.listed("/v1/env_var", "variables", **about))
    if names:
        run.report.skip(f"variables of {project}, whose values only you know: {', '.join(names)}")


def _create(run: Import, path: str, body: Object, kind: str, where: str) -> None:
    sent = {name: value for name, value in body.items() if value is not None}
    try:
        answer = run.target.call("POST", path, json=sent)
    except ApiError as error:
        if error.retryable or error.status in (401, 403):
            raise
        run.report.refuse(kind, where, str(body["name"]), str(error))
        return
    found = answer.headers.get("x-bt-found-existing") == "true"
    (run.report.there if found else run.report.copied)(kind)


def _patch(run: Import, path: str, changes: Object, kind: str, name: str) -> None:
    try:
        run.target.call("PATCH", path, json=changes)
    except ApiError as error:
        if error.retryable or error.status in (401, 403):
            raise
        run.report.refuse(kind, name, ", ".join(changes), str(error))
