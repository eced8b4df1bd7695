"""The permission table: every role against every action, and the wall between organizations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay_server.engines.authz import ACTIONS, ROLES, Actor, Grant, ObjectRef, can, in_org, require
from assay_server.errors import Forbidden

PROJECT = ObjectRef("p1", "project", "p1", "playlist", "o1")
ALL = set(ACTIONS)
LOOK = {"read", "read_acls"}
WORK = {*LOOK, "create", "update", "delete"}


def actor(role: str, org: str = "o1") -> Actor:
    return Actor("u1", org, f"org {org}", "api_key", role, "k1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("object_type", "role", "allowed"),
    [
        ("project", "owner", ALL),
        ("project", "member", WORK),
        ("project", "viewer", LOOK),
        ("project", "guest", set()),
        ("dataset", "member", WORK),
        ("project_logs", "viewer", LOOK),
        ("organization", "owner", ALL),
        ("organization", "member", LOOK),
        ("ai_secret", "member", LOOK),
        ("group", "member", LOOK),
        ("api_key", "owner", ALL),
        ("api_key", "member", set()),
        ("api_key", "viewer", set()),
    ],
)
def test_what_each_role_may_do(object_type: str, role: str, allowed: set[str]) -> None:
    ref = replace(PROJECT, object_type=object_type)
    assert {action for action in ACTIONS if can(actor(role), action, ref)} == allowed


@pytest.mark.parametrize("role", ROLES)
def test_another_organization_is_out_of_reach(role: str) -> None:
    assert not any(can(actor(role, "o2"), action, PROJECT) for action in ACTIONS)
    assert not any(can(actor(role), action, replace(PROJECT, org_id="")) for action in ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_own_keys_are_ones_own_business_others_are_not(role: str) -> None:
    mine = in_org(actor(role), "api_key", "laptop", owner_id="u1")
    theirs = in_org(actor(role), "api_key", "laptop", owner_id="u2")
    assert all(can(actor(role), action, mine) for action in ACTIONS)
    assert can(actor(role), "delete", theirs) is (role == "owner")
    assert not can(actor(role, "o2"), "read", mine)


def test_refusal_names_the_object_and_the_role() -> None:
    require(actor("viewer"), "read", PROJECT)
    with pytest.raises(Forbidden, match=r"'viewer' may not delete project 'playlist'; ask .* 'org o1'"):
        require(actor("viewer"), "delete", PROJECT)


def test_a_refusal_tells_no_name_to_who_may_not_read() -> None:
    with pytest.raises(Forbidden, match=r"'guest' may not read project p1; ask") as caught:
        require(actor("guest"), "read", PROJECT)
    assert "playlist" not in str(caught.value)


def test_a_grant_opens_no_other_organization() -> None:
    granted = replace(actor("guest", "o2"), grants=frozenset({Grant("read", "project", "p1")}))
    assert not can(granted, "read", PROJECT)
    assert can(replace(granted, org_id="o1"), "read", PROJECT)
    assert not can(replace(granted, org_id="o1"), "update", PROJECT)
