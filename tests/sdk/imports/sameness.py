"""Whether one server holds what another holds: rows, versions, objects, and the links between them."""

from __future__ import annotations

from typing import Any

from tests.sdk.imports.compare import history, objects, project_id, rest_rows, sql_rows, versions
from tests.sdk.imports.world import World, prompt_versions
from tests.support.servers import ServerProcess

OBJECT = ("name", "description", "metadata", "tags", "created")
EXPERIMENT = (*OBJECT, "repo_info", "commit", "public", "internal_metadata")
CONTENT = ("name", "slug", "description", "function_type", "function_schema", "metadata", "tags", "created")


def same_everywhere(source: ServerProcess, target: ServerProcess, world: World) -> dict[str, str]:
    """Compare all that the servers hold; returns ids there → here."""
    here: dict[str, str] = {}
    for name in ("shop", "other"):
        here[project_id(source, name)] = project_id(target, name)
    _same_rows(source, target, "project_logs", world.project, here[world.project])
    _same_rows(source, target, "project_logs", world.other, here[world.other])
    for kind, fields in (("dataset", OBJECT), ("experiment", EXPERIMENT)):
        theirs = objects(source, f"/v1/{kind}", project_id=world.project)
        ours = objects(target, f"/v1/{kind}", project_id=here[world.project])
        assert [pick(one, fields) for one in ours] == [pick(one, fields) for one in theirs]
        here |= {one["id"]: other["id"] for one, other in zip(theirs, ours, strict=True)}
        for one in theirs:
            _same_rows(source, target, kind, one["id"], here[one["id"]])
    _same_functions(source, target, world, here)
    _same_versions(source, target, world, here)
    _same_links(source, target, world, here)
    _same_settings(source, target, world, here)
    return here


def pick(one: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: one.get(name) for name in fields}


def _same_rows(source: ServerProcess, target: ServerProcess, kind: str, there: str, here: str) -> None:
    theirs = rest_rows(source, kind, there)
    assert theirs
    assert rest_rows(target, kind, here) == theirs
    assert sql_rows(source, kind, there) == sql_rows(target, kind, here) != {}


def _same_functions(source: ServerProcess, target: ServerProcess, world: World, here: dict[str, str]) -> None:
    theirs = {one["slug"]: one for one in objects(source, "/v1/function", project_id=world.project)}
    ours = {one["slug"]: one for one in objects(target, "/v1/function", project_id=here[world.project])}
    assert set(ours) == set(theirs) == {"look-up", "greeting", "factual"}
    here |= {one["id"]: ours[slug]["id"] for slug, one in theirs.items()}
    for slug, one in theirs.items():
        numbers = prompt_versions(source, world.project, one["id"])
        copies = prompt_versions(target, here[world.project], ours[slug]["id"])
        assert len(copies) == len(numbers), slug
        for there, copy in zip(numbers, copies, strict=True):
            old = source.request("GET", f"/v1/function/{one['id']}?version={there}")
            new = target.request("GET", f"/v1/function/{ours[slug]['id']}?version={copy}")
            assert pick(new, CONTENT) == pick(old, CONTENT)
            data = old["prompt_data"]
            for used in (data or {}).get("tool_functions", ()):
                assert used["id"] == world.tool
                tool = prompt_versions(source, world.project, world.tool).index(used["version"])
                of_tool = prompt_versions(target, here[world.project], here[world.tool])
                used |= {"id": here[world.tool], "version": of_tool[tool]}
            assert (new["prompt_data"], new["function_data"]) == (data, old["function_data"])


def _same_versions(source: ServerProcess, target: ServerProcess, world: World, here: dict[str, str]) -> None:
    """Every version of the dataset, and every snapshot and pin."""
    copy = here[world.dataset]
    assert history(target, "dataset", copy) == history(source, "dataset", world.dataset)
    theirs, ours = versions(source, world.dataset), versions(target, copy)
    assert len(theirs) == len(ours) == 6
    for old, new in zip(theirs, ours, strict=True):
        assert rest_rows(target, "dataset", copy, version=new) == rest_rows(
            source, "dataset", world.dataset, version=old
        )
    here |= dict(zip(theirs, ours, strict=True))
    named = ("name", "description", "created")
    snapshots = objects(source, "/v1/dataset_snapshot", dataset_id=world.dataset)
    copies = objects(target, "/v1/dataset_snapshot", dataset_id=copy)
    assert [pick(one, named) for one in copies] == [pick(one, named) for one in snapshots]
    for old, new in zip(snapshots, copies, strict=True):
        pinned = rest_rows(source, "dataset", world.dataset, version=old["xact_id"])
        assert rest_rows(target, "dataset", copy, version=new["xact_id"]) == pinned
        assert bool(pinned) == (old["name"] != "empty")
        assert old["name"] == "empty" or new["xact_id"] == here[old["xact_id"]]
    environments = ("name", "slug", "description", "created")
    stages = [
        [pick(one, environments) for one in objects(server, "/environment")] for server in (source, target)
    ]
    assert stages[0] == stages[1]
    for kind, one in (("dataset", world.dataset), ("prompt", world.prompt)):
        pins = source.request("GET", f"/environment-object/{kind}/{one}")["objects"]
        kept = target.request("GET", f"/environment-object/{kind}/{here[one]}")["objects"]
        numbers = dict(
            zip(
                prompt_versions(source, world.project, world.prompt),
                prompt_versions(target, here[world.project], here[world.prompt]),
                strict=True,
            )
        )
        assert pins
        assert {pin["environment_slug"]: pin["object_version"] for pin in kept} == {
            pin["environment_slug"]: (here | numbers)[pin["object_version"]] for pin in pins
        }


def _same_links(source: ServerProcess, target: ServerProcess, world: World, here: dict[str, str]) -> None:
    """Experiments and origins point at the copies."""
    for one in (world.base, world.candidate):
        old = source.request("GET", f"/v1/experiment/{one}")
        new = target.request("GET", f"/v1/experiment/{here[one]}")
        assert (new["dataset_id"], new["dataset_version"]) == (
            here[world.dataset],
            here[old["dataset_version"]],
        )
        assert new["base_exp_id"] == (here[world.base] if one == world.candidate else None)
        numbers = prompt_versions(source, world.project, world.prompt)
        copies = prompt_versions(target, here[world.project], here[world.prompt])
        at = numbers.index(old["parameters_version"])
        assert (new["parameters_id"], new["parameters_version"]) == (here[world.prompt], copies[at])
        joined = (
            f"SELECT e.id, e.origin._xact_id AS version, d.id AS row FROM experiment('{here[one]}') e "
            f"JOIN dataset('{here[world.dataset]}') d ON e.origin.id = d.id WHERE e.is_root"
        )
        assert [row["row"] for row in target.sql(joined)] == ["two"]  # "one" was deleted
        origins = target.sql(f"SELECT id, origin FROM experiment('{here[one]}') WHERE is_root ORDER BY id")
        theirs = source.sql(f"SELECT id, origin FROM experiment('{one}') WHERE is_root ORDER BY id")
        for copy, original in zip(origins, theirs, strict=True):
            assert copy["origin"]["object_id"] == here[world.dataset]
            assert copy["origin"]["_xact_id"] == here[original["origin"]["_xact_id"]]


def _same_settings(source: ServerProcess, target: ServerProcess, world: World, here: dict[str, str]) -> None:
    project = here[world.project]
    kinds = {
        "project_tag": 1,
        "project_score": 2,
        "span_iframe": 1,
        "project_automation": 1,
        "mcp_server": 1,
        "agent": 1,
    }
    for kind, count in kinds.items():
        theirs = [_without_ids(one) for one in objects(source, f"/v1/{kind}", project_id=world.project)]
        ours = [_without_ids(one) for one in objects(target, f"/v1/{kind}", project_id=project)]
        assert len(ours) == count
        assert _named(ours) == _named(_mapped(theirs, here))
    about = {"object_type": "project"}
    assert objects(target, "/v1/env_var", object_id=project, **about) == []  # nobody gives away the value
    theirs = [_without_ids(one) for one in objects(source, "/v1/view", object_id=world.project, **about)]
    ours = [_without_ids(one) for one in objects(target, "/v1/view", object_id=project, **about)]
    assert ours == theirs != []
    old = source.request("GET", f"/v1/project/{world.project}")
    new = target.request("GET", f"/v1/project/{project}")
    assert new["settings"] == _mapped(old["settings"], here)
    assert pick(new, ("name", "description", "created")) == pick(old, ("name", "description", "created"))


def _without_ids(one: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in one.items() if k not in ("id", "project_id", "object_id", "created", "user_id")}


def _named(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["name"]: one for one in found}


def _mapped(value: Any, here: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _mapped(one, here) for name, one in value.items()}
    if isinstance(value, list):
        return [_mapped(one, here) for one in value]
    return here.get(value, value) if isinstance(value, str) else value
