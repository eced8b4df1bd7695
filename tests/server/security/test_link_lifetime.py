"""Who may make a shared link, when it ends, and how its page is sent."""

from __future__ import annotations

import http.client
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.security.link_world import CHARTS, SERVED, World, allow, code
from tests.support.clients import Client


def test_sharing_takes_the_right_to_give_access(world: World) -> None:
    for person in (world.member, world.viewer):
        for kind in SERVED:
            assert world.share(person, **world.shared(kind)).status == 403
    user = world.member.ask("GET", "/api/me").json()["user"]["id"]
    grant = {
        "object_type": "project",
        "object_id": world.project,
        "user_id": user,
        "permission": "create_acls",
    }
    rule = world.owner.ask("POST", "/v1/acl", grant).json()["id"]
    made = world.share(world.member, **world.shared("trace"))
    holder = Client(world.server.port, made.json()["token"])
    assert holder.ask("GET", "/api/shared").status == 200
    link = f"/v1/shared_link/{made.json()['id']}"
    assert world.viewer.ask("DELETE", link).status == 403
    assert world.owner.ask("DELETE", f"/v1/acl/{rule}").status == 200
    ended = holder.ask("GET", "/api/shared")  # its maker could not share it any more
    assert (ended.status, code(ended)) == (401, "link_ended")
    assert world.member.ask("DELETE", link).status == 200  # one's own may be revoked all the same
    assert world.owner.ask("GET", link).status == 404


def test_a_link_ends_at_once(world: World) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    made = [world.share(**world.shared("trace"), **more).json() for more in ({}, {"expires_at": soon})]
    holders = [Client(world.server.port, one["token"]) for one in made]
    sql = {"query": f"SELECT id FROM project_logs('{world.project}')"}
    assert holders[0].ask("POST", "/btql", sql).status == 200
    world.owner.ask("DELETE", f"/v1/shared_link/{made[0]['id']}")
    for holder in holders:
        while (answer := holder.ask("POST", "/btql", sql)).status == 200:
            time.sleep(0.1)  # until it expires; a revoked one is refused the first time
            assert holder is holders[1]
        assert (answer.status, code(answer)) == (401, "link_ended")
    again = {"expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    assert world.owner.ask("PATCH", f"/v1/shared_link/{made[1]['id']}", again).status == 200
    assert holders[1].ask("POST", "/btql", sql).status == 200
    past = world.owner.ask(
        "PATCH", f"/v1/shared_link/{made[1]['id']}", {"expires_at": "2020-01-01T00:00:00Z"}
    )
    assert past.status == 422


def test_forbidding_links_stops_those_that_exist(world: World) -> None:
    assert (
        world.member.ask("PATCH", f"/v1/organization/{world.org}", {"public_links": "forbidden"}).status
        == 403
    )
    allow(world, "forbidden")
    try:
        for kind in SERVED:
            answer = world.holder(kind).ask("GET", "/api/shared")
            assert (answer.status, code(answer)) == (401, "link_ended")
    finally:
        allow(world, "allowed")
    for kind in SERVED:
        assert world.holder(kind).ask("GET", "/api/shared").status == 200


def test_a_link_ends_with_its_object(world: World) -> None:
    gone = world.owner.ask("POST", "/v1/experiment", {"project_id": world.project, "name": "gone"}).json()[
        "id"
    ]
    beside = {**world.shared("experiment"), "baseline_ids": [gone]}
    made = [world.share(object_type="experiment", object_id=gone), world.share(**beside)]
    alone, with_it = (Client(world.server.port, one.json()["token"]) for one in made)
    assert with_it.ask("GET", "/api/shared").json()["baseline_ids"] == [gone]
    world.owner.ask("DELETE", f"/v1/experiment/{gone}")
    assert alone.ask("GET", "/api/shared").status == 401
    assert with_it.ask("GET", "/api/shared").json()["baseline_ids"] == []


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"root_span_id": "nobody"}, 404, "trace_not_found"),
        ({"root_span_id": "x' OR '1'='1"}, 404, "trace_not_found"),
        ({"root_span_id": None}, 400, "trace_missing"),
        ({"object_id": str(uuid.uuid4())}, 404, "project_logs_not_found"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "invalid"),
        ({"object_type": "dataset"}, 422, "invalid"),
        ({"object_type": "view"}, 400, "trace_unexpected"),
    ],
)
def test_what_cannot_be_shared(world: World, change: dict[str, Any], status: int, said: str) -> None:
    answer = world.share(**{**world.shared("trace"), **change})
    assert (answer.status, code(answer)) in ((status, said), (404, "project_not_found"))


def test_only_boards_are_shared_of_the_views(world: World) -> None:
    view = {"object_type": "project", "object_id": world.project, "view_type": "logs", "name": "logs"}
    made = world.owner.ask("POST", "/v1/view", view).json()["id"]
    assert code(world.share(object_type="view", object_id=made)) == "not_a_board"
    whole = {"object_type": "organization", "object_id": world.org, "view_type": "monitor", "name": "all"}
    made = world.owner.ask("POST", "/v1/view", {**whole, "options": {"charts": CHARTS[:1]}}).json()["id"]
    assert code(world.share(object_type="view", object_id=made)) == "project_missing"
    link = world.share(object_type="view", object_id=made, project_id=world.project).json()
    answer = Client(world.server.port, link["token"]).ask("POST", "/api/shared/charts", {"ask": "ends"})
    assert answer.status == 200


def test_links_are_listed_without_their_tokens(world: World) -> None:
    made = world.share(**world.shared("trace")).json()
    listed = world.owner.ask("GET", f"/v1/shared_link?project_id={world.project}&root_span_id=open")
    assert made["id"] in [one["id"] for one in listed.json()["objects"]]
    for token in (made["token"], *world.tokens.values()):
        assert token not in listed.text
        for file in world.server.data.glob("meta.db*"):
            assert token.encode() not in file.read_bytes()
    none = world.owner.ask("GET", f"/v1/shared_link?project_id={world.other_project}")
    assert none.json()["objects"] == []


def page(world: World, path: str) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return {name.lower(): value for name, value in answer.getheaders()}


def framers(headers: dict[str, str]) -> str:
    return next(
        part for part in headers["content-security-policy"].split("; ") if part.startswith("frame-anc")
    )


def test_the_page_is_kept_to_itself(world: World) -> None:
    for token in (*world.tokens.values(), "assay-link-unknown"):
        headers = page(world, f"/app/public/{token}")
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert framers(headers) == "frame-ancestors 'none'"
        assert "set-cookie" not in headers
        assert "script-src 'self'" in headers["content-security-policy"]


def test_frames_are_for_boards_and_listed_origins(world: World) -> None:
    board = f"/app/public/{world.tokens['board']}"
    assert framers(page(world, f"{board}?embed=1")) == "frame-ancestors 'none'"
    allow(world, "allowed", embed_origins=["https://wiki.example.com/", "http://intra:8080"])
    try:
        expected = "frame-ancestors https://wiki.example.com http://intra:8080"
        assert framers(page(world, f"{board}?embed=1")) == expected
        others = [board, *(f"/app/public/{world.tokens[kind]}?embed=1" for kind in ("trace", "experiment"))]
        for path in (*others, "/app/public/assay-link-unknown?embed=1", "/app?embed=1", "/login?embed=1"):
            assert framers(page(world, path)) == "frame-ancestors 'none'"
        for wrong in ("*", "https://*.example.com", "https://a.example/path", "a.example", "'self'",
                      "https://a.example; script-src *", "javascript:x"):  # fmt: skip
            change = {"embed_origins": [wrong]}
            assert world.owner.ask("PATCH", f"/v1/organization/{world.org}", change).status == 422, wrong
        allow(world, "forbidden")
        assert framers(page(world, f"{board}?embed=1")) == "frame-ancestors 'none'"
    finally:
        allow(world, "allowed", embed_origins=[])


def test_no_organization_takes_the_name_of_the_pages_of_links(world: World) -> None:
    assert world.owner.ask("PATCH", f"/v1/organization/{world.org}", {"name": "Public"}).status == 422
