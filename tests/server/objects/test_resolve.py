"""Finding objects by id and name, and how fresh the answers are."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from assay_server.engines.authz import Actor
from assay_server.errors import Conflict, Forbidden, NotBuilt, NotFound
from assay_server.features.keys.bootstrap import BootstrapResult
from assay_server.features.projects.service import ObjectService


@pytest.fixture
def owner(app: FastAPI, first: BootstrapResult) -> Actor:
    return app.state.services.auth.actor_for_key(str(first.api_key))


@pytest.fixture
def objects(app: FastAPI) -> ObjectService:
    return app.state.services.objects


@pytest.fixture
def world(objects: ObjectService, owner: Actor) -> SimpleNamespace:
    """Projects `a` and `b`, both with a dataset `same`; `a` also has `only/here`."""
    a, b = (objects.create(owner, "project", {"org_id": owner.org_id, "name": name})[0] for name in "ab")

    def dataset(project: dict[str, str], name: str) -> str:
        values = {"project_id": project["id"], "name": name, "url_slug": name}
        return objects.create(owner, "dataset", values)[0]["id"]

    return SimpleNamespace(
        a=a["id"],
        b=b["id"],
        same_a=dataset(a, "same"),
        same_b=dataset(b, "same"),
        only=dataset(a, "only/here"),
    )


def test_project_logs_by_id_and_name(objects: ObjectService, owner: Actor, world: SimpleNamespace) -> None:
    for ref in ("a", world.a, world.a.upper()):
        found = objects.resolve(owner, "project_logs", ref)
        assert (found.project_id, found.object_id, found.object_type) == (world.a, world.a, "project_logs")
        assert (found.name, found.org_id) == ("a", owner.org_id)


def test_dataset_by_id_bare_name_and_path(
    objects: ObjectService, owner: Actor, world: SimpleNamespace
) -> None:
    for ref in (world.only, "only/here", "a/only/here"):
        assert objects.resolve(owner, "dataset", ref).object_id == world.only
    assert objects.resolve(owner, "dataset", "b/same").object_id == world.same_b
    assert objects.resolve(owner, "dataset", "b/same").project_id == world.b
    with pytest.raises(Conflict, match="project/name"):
        objects.resolve(owner, "dataset", "same")


def test_name_that_looks_like_an_id_is_found(objects: ObjectService, owner: Actor) -> None:
    name = "12345678-1234-4234-8234-123456789abc"
    created, _ = objects.create(owner, "project", {"org_id": owner.org_id, "name": name})
    assert objects.resolve(owner, "project_logs", name).object_id == created["id"]


@pytest.mark.parametrize(
    "ref", ["", "nope", "c/same", "%", "' OR 1=1 --", "00000000-0000-4000-8000-000000000000"]
)
def test_unknown_reference_says_how_to_name_one(
    objects: ObjectService, owner: Actor, world: SimpleNamespace, ref: str
) -> None:
    with pytest.raises(NotFound, match="its id, its name, or project/name") as caught:
        objects.resolve(owner, "dataset", ref)
    assert caught.value.code == "dataset_not_found"


def test_unknown_kind_is_not_built(objects: ObjectService, owner: Actor) -> None:
    with pytest.raises(NotBuilt, match="no 'playground_logs' objects yet; use one of project_logs"):
        objects.resolve(owner, "playground_logs", "x")


def test_action_is_checked_on_remembered_answers_too(
    objects: ObjectService, owner: Actor, world: SimpleNamespace
) -> None:
    viewer = Actor("u", owner.org_id, owner.org_name, "api_key", "viewer", "k")
    for _ in range(2):
        assert objects.resolve(viewer, "project_logs", "a").object_id == world.a
        with pytest.raises(Forbidden, match="update"):
            objects.resolve(viewer, "project_logs", "a", action="update")
    stranger = Actor("u", "another org", "another", "api_key", "owner", "k")
    for ref in ("a", world.a):
        with pytest.raises(NotFound):
            objects.resolve(stranger, "project_logs", ref)


def test_writes_are_seen_at_once(objects: ObjectService, owner: Actor, world: SimpleNamespace) -> None:
    assert objects.resolve(owner, "project_logs", "a").object_id == world.a
    objects.update(owner, "project", world.a, {"name": "renamed"})
    with pytest.raises(NotFound):
        objects.resolve(owner, "project_logs", "a")
    assert objects.resolve(owner, "dataset", "renamed/same").object_id == world.same_a
    objects.delete(owner, "dataset", world.same_a)
    assert objects.resolve(owner, "dataset", "same").object_id == world.same_b
    objects.delete(owner, "project", world.b)
    with pytest.raises(NotFound):
        objects.resolve(owner, "dataset", world.same_b)


def test_change_by_another_process_is_seen_after_a_while(
    objects: ObjectService, owner: Actor, world: SimpleNamespace
) -> None:
    found = objects.resolve(owner, "project_logs", "a")
    with objects.meta.begin() as connection:  # behind the service's back, as another process would
        connection.exec_driver_sql("UPDATE projects SET name = 'elsewhere' WHERE name = 'a'")
    assert objects.resolve(owner, "project_logs", "a") is found
    objects.forget()
    with pytest.raises(NotFound):
        objects.resolve(owner, "project_logs", "a")
