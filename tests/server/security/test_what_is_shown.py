"""Everything that shows rows shows exactly what the caller may read, whatever rules gave it to them.

One guest is given sets of rules, one set after the other. What `GET /v1/<kind>/{id}` says of an object is what SQL,
exports, fetch, comparisons, summaries, lists and the live stream must say of its rows.
"""

from __future__ import annotations

import http.client
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.people import join
from tests.support.servers import KEY, ServerProcess, running_server

KINDS = ("experiment", "dataset", "prompt")


@dataclass(frozen=True, slots=True)
class World:
    """Two projects, `a` and `b`, with logs, two experiments, a dataset and a prompt each; ids by `a/experiment`."""

    server: ServerProcess
    owner: Client
    guest: Client
    user: str
    org: str
    ids: dict[str, str]

    def made(self, method: str, path: str, body: Any) -> Any:
        answer = self.owner.ask(method, path, body)
        assert answer.status == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("shown") / "data"
    with running_server(data) as server:
        guest = Client(server.port, join(data, "guest"))
        me = guest.ask("GET", "/api/me").json()
        world = World(server, Client(server.port, KEY), guest, me["user"]["id"], me["org"]["id"], {})
        for name in "ab":
            project = world.made("POST", "/v1/project", {"name": name})["id"]
            world.ids[f"{name}/project"] = project
            for kind, key in (("experiment", "experiment"), ("experiment", "base"), ("dataset", "dataset"),
                              ("prompt", "prompt")):  # fmt: skip
                body = {"project_id": project, "name": f"{name} {key}", "slug": f"{name}-{key}"}
                world.ids[f"{name}/{key}"] = world.made("POST", f"/v1/{kind}", body)["id"]
            row = {"id": "r", "input": f"content of {name}", "scores": {"s": 1}}
            for noun, key in (
                ("project_logs", "project"),
                ("experiment", "experiment"),
                ("experiment", "base"),
            ):
                world.made("POST", f"/v1/{noun}/{world.ids[f'{name}/{key}']}/insert", {"events": [row]})
            events = {"events": [{"id": "r", "input": f"content of {name}"}]}
            world.made("POST", f"/v1/dataset/{world.ids[f'{name}/dataset']}/insert", events)
        yield world


def rules(world: World, chance: random.Random) -> list[dict[str, Any]]:
    """Up to three rules on anything, which reach other things than their object, and some of which give no reading."""
    about = [("organization", world.org), ("org_project", world.org)]
    for name in "ab":
        about += [(kind, world.ids[f"{name}/{kind}"]) for kind in ("project", *KINDS)]
        about += [("project_log", world.ids[f"{name}/project"]), ("experiment", world.ids[f"{name}/base"])]
    kinds = [None, None, "project", "project_log", *KINDS]
    return [
        {
            "object_type": object_type,
            "object_id": object_id,
            "user_id": world.user,
            "permission": chance.choice(("read", "read", "read", "update")),
            "restrict_object_type": chance.choice(kinds),
        }
        for object_type, object_id in chance.sample(about[chance.choice((0, 2)) :], chance.randint(0, 3))
    ]


def may(world: World, kind: str, key: str) -> bool:
    status = world.guest.ask("GET", f"/v1/{kind}/{world.ids[key]}").status
    assert status in (200, 403)
    return status == 200


def asked(world: World, source: str, fmt: str = "json") -> tuple[int, bool]:
    answer = world.guest.ask("POST", "/btql", {"query": f"SELECT * FROM {source}", "fmt": fmt})
    return answer.status, "content of" in answer.text


def shown(world: World, name: str, noun: str, key: str) -> bool:
    """Whether rows of an object are shown; every way to ask says the same."""
    where = world.ids[f"{name}/{key}"]
    found = {
        (world.guest.ask(method, f"/v1/{noun}/{where}/fetch", body).status == 200)
        for method, body in (("GET", None), ("POST", {}))
    }
    called = name if noun == "project_logs" else f"{name}/{name} {key}"
    for source in (f"{noun}('{where}')", f"{noun}('{called}')", f"(SELECT input FROM {noun}('{where}')) x"):
        for fmt in ("json", "csv"):
            status, content = asked(world, source, fmt)
            assert (status, content) in ((200, True), (403, False))
            found.add(content)
    assert len(found) == 1
    return found.pop()


def live(world: World, project: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=60)
    headers = {"Authorization": f"Bearer {world.guest.key}"}
    connection.request("GET", f"/api/projects/{project}/live", headers=headers)
    status = connection.getresponse().status
    connection.close()
    assert status in (200, 403)
    return status == 200


@pytest.mark.parametrize("seed", range(8))
def test_every_way_to_read_agrees(world: World, seed: int) -> None:
    given = rules(world, random.Random(seed))
    world.made("POST", "/v1/acl/batch_update", {"add_acls": given})
    try:
        for name in "ab":
            logs = shown(world, name, "project_logs", "project")
            assert live(world, world.ids[f"{name}/project"]) == logs
            readable = {key: may(world, "experiment", f"{name}/{key}") for key in ("experiment", "base")}
            for key, allowed in readable.items():
                assert shown(world, name, "experiment", key) == allowed
            both = f"/v1/experiment/{world.ids[f'{name}/experiment']}/"
            base = world.ids[f"{name}/base"]
            for path in (
                f"compare?to={base}",
                f"summarize?summarize_scores=true&comparison_experiment_id={base}",
            ):
                assert (world.guest.ask("GET", both + path).status == 200) == all(readable.values())
            dataset = may(world, "dataset", f"{name}/dataset")
            assert shown(world, name, "dataset", "dataset") == dataset
            summary = f"/dataset-summary?dataset_id={world.ids[f'{name}/dataset']}"
            assert (world.guest.ask("GET", summary).status == 200) == dataset
        for kind in KINDS:
            listed = {one["id"] for one in world.guest.ask("GET", f"/v1/{kind}").json()["objects"]}
            keys = [
                key for key in world.ids if key[2:] == kind or (kind == "experiment" and key[2:] == "base")
            ]
            assert listed == {world.ids[key] for key in keys if may(world, kind, key)}
        prompts = world.guest.ask("POST", "/btql", {"query": "SELECT id FROM org_prompts('local')"}).json()[
            "data"
        ]
        assert {row["id"] for row in prompts} == {
            world.ids[key] for key in world.ids if key.endswith("/prompt") and may(world, "prompt", key)
        }
    finally:
        world.made("POST", "/v1/acl/batch_update", {"remove_acls": given})
