"""Assignments and mentions: whoever is meant is told, if they may read the row; nobody else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay_server.features.notifications.found import ASSIGNMENTS, assigned_to, mentioned
from tests.support.clients import Client
from tests.support.people import join
from tests.support.servers import KEY, ServerProcess, running_server


@dataclass(frozen=True, slots=True)
class World:
    server: ServerProcess
    owner: Client
    member: Client
    guest: Client
    ids: dict[str, str]
    emails: dict[str, str]

    def project(self, name: str) -> str:
        project = self.owner.ask("POST", "/v1/project", {"name": name}).json()["id"]
        rows = [{"id": "r1", "input": "x"}, {"id": "r2", "input": "y"}]
        assert self.insert(project, rows).status == 200
        return project

    def insert(self, project: str, events: list[dict[str, Any]], by: Client | None = None) -> Any:
        return (by or self.owner).ask("POST", f"/v1/project_logs/{project}/insert", {"events": events})

    def assign(self, project: str, row: str, *people: str, by: Client | None = None) -> None:
        """As the public interface does it: a merge of the row's metadata."""
        event = {"id": row, "_is_merge": True, "metadata": {ASSIGNMENTS: [self.ids[one] for one in people]},
                 "_merge_paths": [["metadata", ASSIGNMENTS]]}  # fmt: skip
        assert self.insert(project, [event], by).status == 200

    def comment(self, project: str, row: str, text: str, by: Client | None = None) -> None:
        body = {"feedback": [{"id": row, "comment": text}]}
        answer = (by or self.owner).ask("POST", f"/v1/project_logs/{project}/feedback", body)
        assert answer.status == 200, answer.text

    def told(self, who: str, project: str, *, unread: bool = False) -> list[tuple[str, str, str | None]]:
        client: Client = getattr(self, who)
        listed = client.ask("GET", f"/v1/notification?unread={str(unread).lower()}").json()["objects"]
        return [(one["kind"], one["row_id"], one["text"]) for one in listed if one["project_id"] == project][
            ::-1
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("telling") / "data"
    with running_server(data) as server:
        keys = {"owner": KEY, "member": join(data, "member"), "guest": join(data, "guest")}
        clients = {name: Client(server.port, key) for name, key in keys.items()}
        users = {name: client.ask("GET", "/api/me").json()["user"] for name, client in clients.items()}
        yield World(
            server,
            **clients,
            ids={name: user["id"] for name, user in users.items()},
            emails={name: user["email"] for name, user in users.items()},
        )


def test_an_assignment_is_in_the_row_and_told_once(world: World) -> None:
    project = world.project("assigned")
    world.assign(project, "r1", "member")
    stored = world.server.sql(
        f"SELECT id FROM project_logs('assigned') WHERE metadata.\"{ASSIGNMENTS}\" INCLUDES '{world.ids['member']}'"
    )
    assert stored == [{"id": "r1"}]
    assert world.told("member", project) == [("assignment", "r1", None)]
    world.assign(project, "r1", "member", "owner")  # who was assigned before is not told again
    assert world.told("member", project) == [("assignment", "r1", None)]
    world.assign(project, "r1", "owner")
    world.assign(project, "r1", "owner", "member")
    assert world.told("member", project) == [("assignment", "r1", None)] * 2
    world.assign(project, "r2", "member", "owner", by=world.member)
    assert world.told("member", project) == [("assignment", "r1", None)] * 2  # nobody tells themselves
    assert world.told("owner", project) == [("assignment", "r2", None)]


def test_assigning_many_rows_tells_of_each(world: World) -> None:
    project = world.project("many")
    events = [{"id": f"m{at}", "_is_merge": True, "metadata": {ASSIGNMENTS: [world.ids["member"]]}}
              for at in range(30)]  # fmt: skip
    assert world.insert(project, events).status == 200
    assert len(world.told("member", project)) == 30


def test_a_mention_is_told_by_address_and_by_a_name_of_ones_own(world: World) -> None:
    project = world.project("mentioned")
    local = world.emails["member"].partition("@")[0]
    for text in (
        f"@{world.emails['member']} look",
        f"see @{local}.",
        f"mail {world.emails['member']}",
        "@nobody",
    ):
        world.comment(project, "r1", text)
    assert [text for _, _, text in world.told("member", project)] == [
        f"@{world.emails['member']} look", f"see @{local}.",
    ]  # fmt: skip


def test_only_those_who_may_read_are_told_and_offered(world: World) -> None:
    project = world.project("closed")
    where = f"/api/people?object_type=project_logs&object_id={project}"
    world.assign(project, "r1", "guest")
    world.comment(project, "r1", f"@{world.emails['guest']} treasure")
    offered = {one["id"] for one in world.owner.ask("GET", where).json()["objects"]}
    assert (world.ids["member"] in offered, world.ids["guest"] in offered) == (True, False)
    assert world.guest.ask("GET", where).status == 403
    grant = {
        "object_type": "project",
        "object_id": project,
        "user_id": world.ids["guest"],
        "permission": "read",
    }
    rule = world.owner.ask("POST", "/v1/acl", grant).json()["id"]
    assert world.told("guest", project) == []  # what came before they might read it was not for them
    world.comment(project, "r2", f"@{world.emails['guest']} now")
    assert [row for _, row, _ in world.told("guest", project)] == ["r2"]
    offered = {one["id"] for one in world.owner.ask("GET", where).json()["objects"]}
    assert world.ids["guest"] in offered
    world.owner.ask("DELETE", f"/v1/acl/{rule}")
    assert world.told("guest", project) == []


def test_notifications_are_ones_own_and_are_marked_read(world: World) -> None:
    project = world.project("reading")
    world.assign(project, "r1", "member")
    world.assign(project, "r2", "member")
    listed = [one for one in world.member.ask("GET", "/v1/notification").json()["objects"]
              if one["project_id"] == project]  # fmt: skip
    assert {one["actor_name"] for one in listed} == {world.owner.ask("GET", "/api/me").json()["user"]["name"]}
    path = f"/v1/notification/{listed[0]['id']}"
    assert world.owner.ask("PATCH", path, {"read": True}).status == 404
    assert world.member.ask("PATCH", path, {"read": True}).json()["read_at"]
    assert [row for _, row, _ in world.told("member", project, unread=True)] == ["r1"]
    assert world.member.ask("PATCH", path, {"read": False}).json()["read_at"] is None
    assert world.member.ask("POST", "/v1/notification/read").json()["marked"] >= 2
    assert world.told("member", project, unread=True) == []


@pytest.mark.parametrize(
    "people", ["text", 7, None, {"a": 1}, [1, None, {}], ["no-such-user"], ["x" * 10_000]]
)
def test_what_is_no_assignment_stops_nothing(world: World, people: Any) -> None:
    project = world.project("odd")
    event = {"id": "r1", "_is_merge": True, "metadata": {ASSIGNMENTS: people}}
    assert world.insert(project, [event]).status == 200
    assert world.told("member", project) == []


def test_who_a_comment_names() -> None:
    members = [
        {"id": "1", "email": "ada@a.example", "given_name": "Ada"},
        {"id": "2", "email": "bob@a.example", "given_name": "Robert"},
        {"id": "3", "email": "bob@b.example", "given_name": None},
    ]
    assert mentioned("@ada, @ROBERT and (@ada)", members) == ["1", "2"]
    assert mentioned("@bob is two people", members) == []
    assert mentioned("@bob@b.example.", members) == ["3"]
    assert mentioned("ada@a.example @@ada foo@ada", members) == []
    assert assigned_to({ASSIGNMENTS: ["B", "b", 1]}) == ["b"]
