"""What access rules give a user: through themselves, their groups, and the roles named in the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from assay_server.engines.authz import ACTIONS, Grant
from assay_server.engines.records import Record
from assay_server.features.access.tables import acls, groups, project_groups, roles


def _built_in(role_id: str, name: str, description: str, permissions: Iterable[str]) -> Record:
    return {
        "id": role_id,
        "org_id": None,
        "name": name,
        "description": description,
        "member_permissions": [{"permission": one, "restrict_object_type": None} for one in permissions],
        "member_roles": None,
    }


BUILT_IN_ROLES: Mapping[str, Record] = {
    role["id"]: role
    for role in (
        _built_in("a55a0000-0000-4000-8000-000000000001", "Owner", "May do everything", ACTIONS),
        _built_in(
            "a55a0000-0000-4000-8000-000000000002",
            "Engineer",
            "May read and write",
            ("read", "create", "update", "delete", "read_acls"),
        ),
        _built_in("a55a0000-0000-4000-8000-000000000003", "Viewer", "May read", ("read", "read_acls")),
    )
}
"""Roles every organization has, by id; they cannot be changed."""


def grants_of(connection: sa.Connection, org_id: str, user_id: str) -> frozenset[Grant]:
    """What the access rules of an organization give one user."""
    rules = sa.select(acls).where(
        acls.c.org_id == org_id, sa.or_(acls.c.user_id == user_id, acls.c.group_id.is_not(None))
    )
    found = [dict(row) for row in connection.execute(rules).mappings()]
    if not found:
        return frozenset()
    mine = _groups_of(connection, org_id, user_id)
    applying = [rule for rule in found if rule["user_id"] == user_id or rule["group_id"] in mine]
    known = known_roles(connection, org_id) if any(rule["role_id"] for rule in applying) else {}
    grants = [grant for rule in applying for grant in grants_of_rule(rule, known)]
    return frozenset(one for grant in grants for one in _spread(connection, org_id, grant))


def _spread(connection: sa.Connection, org_id: str, grant: Grant) -> Iterator[Grant]:
    """A grant on the projects of a group is one on each of them."""
    if grant.object_type != "project_group_projects":
        yield grant
        return
    members = sa.select(project_groups.c.member_projects).where(
        project_groups.c.org_id == org_id,
        project_groups.c.id == grant.object_id,
        project_groups.c.deleted_at.is_(None),
    )
    for project_id in connection.execute(members).scalar() or ():
        yield replace(grant, object_type="project", object_id=project_id)


def _groups_of(connection: sa.Connection, org_id: str, user_id: str) -> set[str]:
    """Ids of the groups a user is in, also as a member of a member group."""
    live = sa.select(groups).where(groups.c.org_id == org_id, groups.c.deleted_at.is_(None))
    rows = connection.execute(live).mappings().all()
    found = {row["id"] for row in rows if user_id in (row["member_users"] or ())}
    grown = True
    while grown:
        around = {row["id"] for row in rows if found.intersection(row["member_groups"] or ())}
        grown = not around <= found
        found |= around
    return found


def known_roles(connection: sa.Connection, org_id: str) -> dict[str, Record]:
    """Every role of an organization by id, the built-in ones included."""
    live = sa.select(roles).where(roles.c.org_id == org_id, roles.c.deleted_at.is_(None))
    return {**BUILT_IN_ROLES, **{row["id"]: dict(row) for row in connection.execute(live).mappings()}}


def grants_of_rule(rule: Mapping[str, Any], known: Mapping[str, Record]) -> Iterator[Grant]:
    """What one access rule gives, with the permissions of its role and of that role's roles."""
    about = (rule["object_type"], rule["object_id"])
    if rule["permission"]:
        yield Grant(rule["permission"], *about, rule["restrict_object_type"])
    waiting, seen = [rule["role_id"]], set[str]()
    while waiting:
        role_id = waiting.pop()
        if role_id in known and role_id not in seen:
            seen.add(role_id)
            waiting.extend(known[role_id]["member_roles"] or ())
            for one in known[role_id]["member_permissions"] or ():
                yield Grant(one["permission"], *about, one.get("restrict_object_type"))
