"""The life of an object of every kind over HTTP: made, found, replaced, changed, listed, paged, refused, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.clients import Answer, Client
from tests.support.every_kind import KINDS, Kind, filled
from tests.support.people import join
from tests.support.servers import KEY, running_server

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class World:
    """Clients of one server, and the objects that others are made in."""

    owner: Client
    viewer: Client
    guest: Client
    known: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("kinds") / "data"
    with running_server(data) as server:
        owner, viewer, guest = (
            Client(server.port, key) for key in (KEY, join(data, "viewer"), join(data, "guest"))
        )
        project = done(owner.ask("POST", "/v1/project", {"name": "home"}))["id"]
        dataset = done(owner.ask("POST", "/v1/dataset", {"project_id": project, "name": "home"}))["id"]
        yield World(owner, viewer, guest, {"project": project, "dataset": dataset})


def done(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return answer.json()


def refused(answer: Answer, status: int, code: str) -> str:
    assert answer.status == status, answer.text
    assert answer.json()["error"]["code"] == code
    return answer.json()["error"]["message"]


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def listed(world: World, kind: Kind, query: str, client: Client | None = None) -> list[Any]:
    needed = filled(kind.listed, world.known)
    return done((client or world.owner).ask("GET", f"{kind.address}?{needed}&{query}"))["objects"]


def test_made_found_replaced_and_changed(world: World, kind: Kind) -> None:
    body = kind.new(f"{kind.name} one", world.known)
    answer = world.owner.ask("POST", kind.address, body)
    made = done(answer)
    assert "x-bt-found-existing" not in answer.headers
    assert {name: made[name] for name in body if name not in kind.hidden} == {
        name: value for name, value in body.items() if name not in kind.hidden
    }
    assert "hush" not in answer.text
    here = f"{kind.address}/{made['id']}"
    assert done(world.owner.ask("GET", here)) == made

    other = kind.change if kind.name != "project_group" else {"description": None}
    again = world.owner.ask("POST", kind.address, {**body, **filled(other, world.known)})
    assert done(again) == made
    assert again.headers["x-bt-found-existing"] == "true"

    changed = done(world.owner.ask("PATCH", here, filled(kind.change, world.known)))
    wanted = filled(kind.changed, world.known)
    assert {name: changed[name] for name in wanted} == wanted
    kept = set(made) - set(kind.change) - set(kind.changed) - {"_xact_id", "updated_at"}
    assert {name: changed[name] for name in kept} == {name: made[name] for name in kept}
    assert done(world.owner.ask("GET", here)) == changed

    replaced = world.owner.ask("PUT", kind.address, body)
    back = done(replaced)
    assert replaced.headers["x-bt-found-existing"] == "true"
    assert {name: back[name] for name in made if name not in ("_xact_id", "updated_at")} == {
        name: value for name, value in made.items() if name not in ("_xact_id", "updated_at")
    }
    new = world.owner.ask("PUT", kind.address, kind.new(f"{kind.name} two", world.known))
    assert "x-bt-found-existing" not in new.headers
    assert done(new)["id"] != made["id"]
    assert f"'{kind.name} one'" in refused(
        world.owner.ask("PATCH", f"{kind.address}/{done(new)['id']}", {kind.key: f"{kind.name} one"}),
        409,
        "name_taken",
    )


def test_lists_filter_and_page(world: World, kind: Kind) -> None:
    made = [
        done(world.owner.ask("POST", kind.address, kind.new(f"{kind.name}-p{n}", world.known)))
        for n in range(5)
    ]
    newest_first = [one["id"] for one in reversed(made)]
    assert [one["id"] for one in listed(world, kind, f"{kind.name}_name={kind.name}-p3")] == [made[3]["id"]]
    assert listed(world, kind, f"{kind.name}_name=nothing%20of%20that%20name") == []
    mine = "&".join(f"ids={one}" for one in newest_first)
    assert [one["id"] for one in listed(world, kind, mine)] == newest_first
    assert listed(world, kind, f"ids={NOBODY}") == []
    assert [one["id"] for one in listed(world, kind, f"{mine}&{kind.name}_name={kind.name}-p1")] == [
        made[1]["id"]
    ]

    seen: list[str] = []
    while page := listed(world, kind, f"{mine}&limit=2" + (f"&starting_after={seen[-1]}" if seen else "")):
        seen += [one["id"] for one in page]
    assert seen == newest_first
    back = listed(world, kind, f"{mine}&limit=2&ending_before={newest_first[-1]}")
    assert [one["id"] for one in back] == newest_first[2:4]
    assert world.owner.ask("DELETE", f"{kind.address}/{newest_first[1]}").status == 200
    if kind.name != "ai_secret":  # those are forgotten for good
        after_a_deleted_one = listed(world, kind, f"{mine}&starting_after={newest_first[1]}")
        assert [one["id"] for one in after_a_deleted_one] == newest_first[2:]

    needed = filled(kind.listed, world.known)
    for query in (
        f"starting_after={NOBODY}",
        f"starting_after={newest_first[0]}&ending_before={newest_first[0]}",
    ):
        refused(world.owner.ask("GET", f"{kind.address}?{needed}&{query}"), 400, "page_invalid")
    assert world.owner.ask("GET", f"{kind.address}?limit=0&{needed}").status == 422
    assert listed(world, kind, f"{mine}&nothing_we_know=x") == listed(world, kind, mine)


def test_deleted_is_gone_and_its_name_free(world: World, kind: Kind) -> None:
    body = kind.new(f"{kind.name} brief", world.known)
    made = done(world.owner.ask("POST", kind.address, body))
    here = f"{kind.address}/{made['id']}"
    if kind.name == "ai_secret":
        gone = done(world.owner.ask("DELETE", kind.address, {"name": f"{kind.name} brief"}))
    else:  # some clients send a body along
        gone = done(world.owner.ask("DELETE", here, {"object_type": "project", "object_id": NOBODY}))
    assert gone["id"] == made["id"]
    for answer in (
        world.owner.ask("GET", here),
        world.owner.ask("DELETE", here),
        world.owner.ask("PATCH", here, {}),
    ):
        assert made["id"] in refused(answer, 404, f"{kind.name}_not_found")
    assert listed(world, kind, f"ids={made['id']}") == []
    again = world.owner.ask("POST", kind.address, body)
    assert done(again)["id"] != made["id"]
    assert "x-bt-found-existing" not in again.headers


def test_refusals_say_what_is_wrong(world: World, kind: Kind) -> None:
    body = kind.new(f"{kind.name} strict", world.known)
    made = done(world.owner.ask("POST", kind.address, body))
    here = f"{kind.address}/{made['id']}"
    assert "is required" in refused(world.owner.ask("POST", kind.address, {}), 422, "invalid")
    assert "name" in refused(world.owner.ask("POST", kind.address, {**body, "name": " "}), 422, "invalid")
    for field in ("project_id", "dataset_id", "object_id"):
        if field in body:
            answer = world.owner.ask("POST", kind.address, {**body, field: NOBODY})
            assert NOBODY in refused(
                answer, 404, f"{field.removesuffix('_id').replace('object', 'project')}_not_found"
            )
    for answer in (
        world.viewer.ask("POST", kind.address, kind.new("viewed", world.known)),
        world.viewer.ask("PUT", kind.address, body),
        world.viewer.ask("PATCH", here, {"name": "viewed"}),
        world.viewer.ask("DELETE", here),
    ):
        assert "ask an owner" in refused(answer, 403, "forbidden")
    assert done(world.viewer.ask("GET", here)) == made
    assert [one["id"] for one in listed(world, kind, f"ids={made['id']}", world.viewer)] == [made["id"]]
    refused(world.guest.ask("GET", here), 403, "forbidden")
    seen = world.guest.ask("GET", f"{kind.address}?ids={made['id']}&{filled(kind.listed, world.known)}")
    assert seen.status == 403 or done(seen)["objects"] == []


OTHER_LISTS = (
    "user",
    "api_key",
    "service_token",
    "acl?object_type=project&object_id=$project",
    "acl/list_org",
)
"""Lists of what is made in ways of its own."""


@pytest.fixture(scope="module")
def filled_lists(world: World) -> None:
    """Five of each of `OTHER_LISTS`."""
    ask = world.owner.ask
    emails = [f"listed{number}@example.com" for number in range(5)]
    done(ask("PATCH", "/v1/organization/members", {"invite_users": {"emails": emails}}))
    group = done(ask("POST", "/v1/group", {"name": "listed"}))["id"]
    about = {"object_type": "project", "object_id": world.known["project"], "group_id": group}
    for number, permission in enumerate(("read", "create", "update", "delete", "read_acls")):
        done(ask("POST", "/v1/acl", {**about, "permission": permission}))
        done(ask("POST", "/v1/api_key", {"name": f"listed{number}"}))
        done(ask("POST", "/v1/service_token", {"name": f"listed{number}", "service_account_name": "listed"}))


@pytest.mark.parametrize("path", OTHER_LISTS)
def test_other_lists_filter_and_page(world: World, filled_lists: None, path: str) -> None:
    base = filled(f"/v1/{path}", world.known)
    base += "&" if "?" in base else "?"

    def ids(query: str) -> list[str]:
        found = done(world.owner.ask("GET", base + query))
        return [one["id"] for one in (found if isinstance(found, list) else found["objects"])]

    newest_first = ids("")
    assert len(newest_first) >= 5
    seen: list[str] = []
    while page := ids("limit=2" + (f"&starting_after={seen[-1]}" if seen else "")):
        seen += page
    assert seen == newest_first
    assert ids(f"limit=2&ending_before={newest_first[-1]}") == newest_first[-3:-1]
    assert ids(f"ids={newest_first[3]}&ids={newest_first[1]}") == [newest_first[1], newest_first[3]]
    assert ids(f"ids={NOBODY}") == []
    refused(world.owner.ask("GET", f"{base}starting_after={NOBODY}"), 400, "page_invalid")


def test_a_prompt_takes_no_slug_of_a_function(world: World) -> None:
    body = {"project_id": world.known["project"], "name": "taken", "slug": "taken"}
    made = done(
        world.owner.ask("POST", "/v1/function", {**body, "function_data": {"type": "global", "name": "x"}})
    )
    for method in ("POST", "PUT"):
        assert "'taken'" in refused(world.owner.ask(method, "/v1/prompt", body), 409, "slug_taken")
    assert done(world.owner.ask("GET", f"/v1/function/{made['id']}")) == made
