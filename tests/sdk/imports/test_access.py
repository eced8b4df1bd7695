"""Who may do what: roles, groups and access rules, for people whom both servers know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assay.cli.importing import access
from tests.sdk.imports.compare import project_id
from tests.sdk.imports.conftest import Importer
from tests.support.people import join
from tests.support.servers import ServerProcess, running_server

BOTH, THERE_ONLY = "both@example.com", "there@example.com"
CHOSEN = ("-p", "guarded", "--only", "datasets", "--only", "access")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Path]]:
    """A server whose project is read by groups in groups, written by a role in a role, and by single people."""
    data = tmp_path_factory.mktemp("guarded") / "data"
    with running_server(data) as server:
        ask = server.request
        people = _members(server, BOTH, THERE_ONLY)
        project = ask("POST", "/v1/project", {"name": "guarded"})["id"]
        org = ask("GET", f"/v1/project/{project}")["org_id"]
        dataset = ask("POST", "/v1/dataset", {"project_id": project, "name": "cases"})["id"]
        ask("POST", "/v1/project", {"name": "behind"})
        outside = project_id(server, "behind")
        inner = ask("POST", "/v1/group", {"name": "inner", "member_users": list(people.values())})["id"]
        outer = ask(
            "POST", "/v1/group", {"name": "outer", "description": "of groups", "member_groups": [inner]}
        )["id"]
        read = {
            "name": "reader",
            "member_permissions": [{"permission": "read", "restrict_object_type": "dataset"}],
        }
        reader = ask("POST", "/v1/role", read)["id"]
        more = [{"permission": "update"}]
        writer = ask(
            "POST", "/v1/role", {"name": "writer", "member_roles": [reader], "member_permissions": more}
        )["id"]
        (owner,) = [one for one in _listed(server, "/v1/role") if one["name"] == "Owner"]
        for about, rule in (
            (("project", project), {"group_id": outer, "role_id": writer}),
            (
                ("project", project),
                {"user_id": people[BOTH], "permission": "read", "restrict_object_type": "dataset"},
            ),
            (("project", project), {"user_id": people[THERE_ONLY], "permission": "delete"}),
            (("dataset", dataset), {"group_id": inner, "role_id": owner["id"]}),
            (("project", outside), {"group_id": inner, "permission": "read"}),
            (("organization", org), {"group_id": inner, "permission": "read"}),
        ):
            ask("POST", "/v1/acl", {"object_type": about[0], "object_id": about[1], **rule})
        yield server, data


def _members(server: ServerProcess, *addresses: str) -> dict[str, str]:
    """Ids of new members, by address."""
    added = server.request("PATCH", "/v1/organization/members", {"invite_users": {"emails": list(addresses)}})
    assert added["status"] == "success"
    return {
        one["email"]: one["id"]
        for one in _listed(server, "/v1/user")
        if str(one["email"]).lower() in str(addresses).lower()
    }


def _listed(server: ServerProcess, path: str) -> list[dict[str, Any]]:
    return server.request("GET", path)["objects"]


def _rules(server: ServerProcess) -> set[tuple[str, ...]]:
    """Every rule with names in place of ids: object, who, what."""
    called: dict[str, str] = {
        one["id"]: one.get("email") or one["given_name"] for one in _listed(server, "/v1/user")
    }
    for path in ("/v1/project", "/v1/dataset", "/v1/group", "/v1/role"):
        called |= {one["id"]: one["name"] for one in _listed(server, path)}
    return {
        (
            one["object_type"], called.get(one["object_id"], "the organization"),
            called[one["user_id"] or one["group_id"]], one["permission"] or called[one["role_id"]],
            one["restrict_object_type"] or "",
        )
        for one in server.request("GET", "/v1/acl/list_org")
    }  # fmt: skip


def _named(server: ServerProcess, path: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in _listed(server, path)}


def test_rules_follow_the_people_whom_both_servers_know(
    guarded: tuple[ServerProcess, Path], target: ServerProcess, importer: Importer
) -> None:
    server, _ = guarded
    here = _members(target, BOTH.title())
    first = importer(target.url, *CHOSEN, url=server.url)
    assert (first.code, first.json["refused"]) == (0, [])
    assert first.json["skipped"] == [
        f"access of {THERE_ONLY}, who is no member here: invite them, then run again"
    ]
    assert {name: first.json["counts"][name]["copied"] for name in ("roles", "groups", "access rules")} == {
        "roles": 2, "groups": 2, "access rules": 3,
    }  # fmt: skip
    both = next(iter(here))
    wanted = {
        ("project", "guarded", "outer", "writer", ""), ("project", "guarded", both, "read", "dataset"),
        ("dataset", "cases", "inner", "Owner", ""),
    }  # fmt: skip
    assert _rules(target) == wanted
    roles, groups = _named(target, "/v1/role"), _named(target, "/v1/group")
    assert roles["writer"]["member_roles"] == [roles["reader"]["id"]]
    assert roles["writer"]["member_permissions"] == _named(server, "/v1/role")["writer"]["member_permissions"]
    assert roles["reader"]["member_permissions"] == _named(server, "/v1/role")["reader"]["member_permissions"]
    assert groups["outer"]["member_groups"] == [groups["inner"]["id"]]
    assert (groups["inner"]["member_users"], groups["outer"]["description"]) == ([here[both]], "of groups")

    _members(target, THERE_ONLY)
    taken = {"object_type": "dataset", "object_id": _named(target, "/v1/dataset")["cases"]["id"]}
    rule = {**taken, "group_id": groups["inner"]["id"], "role_id": roles["Owner"]["id"]}
    target.request("DELETE", "/v1/acl", rule)
    again = importer(target.url, *CHOSEN, url=server.url)
    assert (again.code, again.json["skipped"], again.json["counts"]["access rules"]["copied"]) == (0, [], 1)
    late = ("project", "guarded", THERE_ONLY, "delete", "")
    assert _rules(target) == (wanted | {late}) - {("dataset", "cases", "inner", "Owner", "")}


def test_a_key_that_may_not_read_them_copies_the_rest(
    guarded: tuple[ServerProcess, Path], target: ServerProcess, importer: Importer
) -> None:
    server, data = guarded
    guest = join(data, "guest")
    seen = server.request("POST", "/v1/project", {"name": "seen"})["id"]
    server.request("POST", "/v1/dataset", {"project_id": seen, "name": "cases"})
    rule = {"object_type": "project", "object_id": seen, "permission": "read"}
    server.request("POST", "/v1/acl", {**rule, "user_id": server.request("GET", "/ping", key=guest)["id"]})
    done = importer(target.url, "-p", "seen", *CHOSEN[2:], url=server.url, key=guest)
    assert (done.code, done.json["refused"], done.json["counts"]["datasets"]["copied"]) == (0, [], 1)
    assert "members: the key may not read them" in done.json["skipped"]
    assert _rules(target) == set()


def test_a_name_that_looks_like_an_address_makes_nobody_the_same() -> None:
    """Somebody without an address may be called anything, also what another person's address is."""
    there = [
        {"id": "t1", "given_name": BOTH},
        {"id": "t2", "email": THERE_ONLY.title(), "given_name": "There"},
    ]
    ids: dict[str, str] = {}
    run = SimpleNamespace(
        ids=SimpleNamespace(add=ids.__setitem__),
        source=SimpleNamespace(org_name="there"),
        listed=lambda *_, **__: there,
    )
    here = [{"id": "h1", "email": BOTH}, {"id": "h2", "email": THERE_ONLY}]
    called = access._people(run, here)  # type: ignore[arg-type]
    assert (called, ids) == ({"t1": BOTH, "t2": THERE_ONLY.title()}, {"t2": "h2"})
