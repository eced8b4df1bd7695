"""A real server with two organizations: the first with an owner and a viewer, the second with an owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.server.security.link_world import World, linked_world
from tests.support.people import join
from tests.support.servers import ServerProcess, running_server


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, keys of others, and the ids of what the first organization has in it."""

    server: ServerProcess
    org: str
    viewer: str
    viewer_id: str
    stranger: str
    project: str
    experiment: str
    dataset: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("security") / "data"
    with running_server(data) as server:
        project = server.request("POST", "/v1/project", {"name": "vault"})["id"]
        below = {"project_id": project, "name": "kept"}
        experiment = server.request("POST", "/v1/experiment", below)["id"]
        dataset = server.request("POST", "/v1/dataset", below)["id"]
        rows = [
            {"id": "r1", "project_id": project, "log_id": "g", "input": "treasure"},
            {"id": "r1", "experiment_id": experiment, "input": "treasure", "scores": {"s": 1}},
            {"id": "r1", "dataset_id": dataset, "input": "treasure"},
        ]
        server.request("POST", "/logs3", {"rows": rows})
        viewer, stranger = join(data, "viewer"), join(data, "owner", org="elsewhere")
        me = server.request("GET", "/api/me", key=viewer)
        yield Site(server, me["org"]["id"], viewer, me["user"]["id"], stranger, project, experiment, dataset)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with linked_world(tmp_path_factory.mktemp("links") / "data") as made:
        yield made
