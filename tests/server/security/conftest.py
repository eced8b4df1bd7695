"""A real server with two organisations: the first with an owner and a viewer, the second with an owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.authz import Role
from assay_server.features.keys.service import new_key, store_key
from assay_server.features.orgs.service import create_org, first_org
from assay_server.features.users.service import add_user
from assay_server.settings import Settings
from tests.support.servers import ServerProcess, running_server


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, keys of others, and the ids of what the first organisation has in it."""

    server: ServerProcess
    viewer: str
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
        viewer, stranger = _join(data, "viewer"), _join(data, "owner", org="elsewhere")
        yield Site(server, viewer, stranger, project, experiment, dataset)


def _join(data: object, role: Role, *, org: str | None = None) -> str:
    """The key of a new user, of a new organisation if one is named."""
    meta = MetaStore(Settings(data=data).meta_url)  # type: ignore[arg-type]
    with meta.begin() as connection:
        home = create_org(connection, org) if org else first_org(connection)
        assert home is not None
        user = add_user(connection, home["id"], f"{role}@{home['name']}.example", given_name=role, role=role)
        key_id, key = new_key()
        store_key(connection, home["id"], user["id"], "test", key, key_id=key_id)
    meta.close()
    return key
