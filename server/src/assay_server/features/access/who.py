"""Who has access to an object, and through what: for people who look, while `engines/authz.py` decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from assay_server.engines.authz import ACL_TYPES, ACTIONS, ROLES, RULES, Action, Actor, ObjectRef, can
from assay_server.engines.records import Record
from assay_server.features.access.grants import grants_of_rule, known_roles
from assay_server.features.access.tables import acls, groups, project_groups
from assay_server.features.projects.service import ObjectService
from assay_server.features.users.service import names_of, owners_of, people_by_role

IN_ORGANIZATION = (
    "organization", "user", "ai_secret", "role", "group", "project_group", "service_token", "environment",
    "project", "org_audit_logs", "server",
)  # fmt: skip
IN_PROJECT = ("project", "project_logs", "experiment", "dataset", "prompt", "function")

Source = dict[str, Any]
"""An object whose access rules count: its type as rules call it, its id, and what people call it."""


def may(objects: ObjectService, actor: Actor, object_type: str, object_id: str) -> Record:
    """What the actor may do to an object and to each kind of thing in it, and whom to ask for more.

    Raises NotFound, or Forbidden for an object they may not read; the organization always answers.
    """
    if object_type == "organization":
        about = ObjectRef("", "organization", actor.org_id, actor.org_name, actor.org_id)
        refs = [replace(about, object_type=kind) for kind in IN_ORGANIZATION]
    else:
        about = objects.target(actor, object_type, object_id)
        kinds = IN_PROJECT if about.object_type == "project" else (about.object_type,)
        refs = [_inside(about, kind) for kind in kinds]
    with objects.meta.read() as connection:
        owners = owners_of(connection, actor.org_id)
    return {
        "object_type": object_type,
        "object_id": about.object_id,
        "role": actor.role,
        "actions": {ref.object_type: _actions(actor, ref) for ref in refs},
        "owners": [owner["email"] for owner in owners],
    }


def who_has_access(objects: ObjectService, actor: Actor, object_type: str, object_id: str) -> list[Record]:
    """Everybody with access to an object: the rules about it first, then those of what it is in, then roles.

    Raises NotFound, or Forbidden unless the actor may read the object's rules.
    """
    about = objects.target(actor, object_type, object_id, action="read_acls")
    wanted = ACL_TYPES.get(about.object_type, about.object_type)
    with objects.meta.read() as connection:
        sources = list(_sources(connection, actor, objects, about, wanted))
        found = list(_by_rules(connection, actor, sources, None if wanted == "project" else wanted))
        return [*found, *_by_role(connection, actor, about)]


def _inside(about: ObjectRef, kind: str) -> ObjectRef:
    """The object itself, or anything of another kind in it."""
    own = kind in (about.object_type, "project_logs")
    return ObjectRef(about.project_id, kind, about.object_id if own else "", about.name, about.org_id)


def _actions(actor: Actor, ref: ObjectRef) -> list[Action]:
    return [action for action in ACTIONS if can(actor, action, ref)]


def _sources(
    connection: sa.Connection, actor: Actor, objects: ObjectService, about: ObjectRef, wanted: str
) -> Iterator[Source]:
    """The object and all it is in, nearest first."""
    yield {"object_type": wanted, "object_id": about.object_id, "name": about.name}
    if about.project_id and about.project_id != about.object_id:
        project = objects.get(actor, "project", about.project_id)
        yield {"object_type": "project", "object_id": project["id"], "name": project["name"]}
    if about.project_id:
        live = sa.select(project_groups).where(
            project_groups.c.org_id == actor.org_id, project_groups.c.deleted_at.is_(None)
        )
        for group in connection.execute(live).mappings():
            if about.project_id in (group["member_projects"] or ()):
                yield {
                    "object_type": "project_group_projects",
                    "object_id": group["id"],
                    "name": group["name"],
                }
        yield {"object_type": "org_project", "object_id": actor.org_id, "name": "every project"}
    if wanted != "organization":
        yield {"object_type": "organization", "object_id": actor.org_id, "name": actor.org_name}


def _by_rules(
    connection: sa.Connection, actor: Actor, sources: Sequence[Source], only: str | None
) -> Iterator[Record]:
    """One entry a rule; `only` leaves out rules restricted to another kind of object."""
    rules = [(rule, source) for source in sources for rule in _rules(connection, actor, source)]
    known = known_roles(connection, actor.org_id)
    people = names_of(connection, actor.org_id, [rule["user_id"] for rule, _ in rules if rule["user_id"]])
    teams = _names_of_groups(connection, [rule["group_id"] for rule, _ in rules if rule["group_id"]])
    for rule, source in rules:
        given = {grant.permission for grant in grants_of_rule(rule, known)}
        kind, names = ("user", people) if rule["user_id"] else ("group", teams)
        subject_id = rule["user_id"] or rule["group_id"]
        restricted = only is not None and rule["restrict_object_type"] not in (None, only)
        if not given or restricted or subject_id not in names:
            continue
        role = known.get(rule["role_id"])
        yield {
            "subject": {"type": kind, "id": subject_id, "name": names[subject_id], "people": None},
            "permissions": [action for action in ACTIONS if action in given],
            "role": {"id": role["id"], "name": role["name"]} if role else None,
            "restrict_object_type": rule["restrict_object_type"],
            "acl_id": rule["id"],
            "source": source,
            "inherited": source is not sources[0],
        }


def _rules(connection: sa.Connection, actor: Actor, source: Source) -> list[Record]:
    about = [acls.c[name] == source[name] for name in ("object_type", "object_id")]
    found = sa.select(acls).where(acls.c.org_id == actor.org_id, *about).order_by(acls.c.created, acls.c.id)
    return [dict(rule) for rule in connection.execute(found).mappings()]


def _names_of_groups(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    live = sa.select(groups.c.id, groups.c.name).where(groups.c.id.in_(ids), groups.c.deleted_at.is_(None))
    return {group_id: name for group_id, name in connection.execute(live)}


def _by_role(connection: sa.Connection, actor: Actor, about: ObjectRef) -> Iterator[Record]:
    """What the roles in the organization give by themselves, where anybody has them."""
    counts = people_by_role(connection, actor.org_id)
    for role in ROLES:
        given = RULES[role].get(about.object_type, RULES[role]["*"])
        if given and counts.get(role):
            yield {
                "subject": {"type": "org_role", "id": role, "name": role, "people": counts[role]},
                "permissions": [action for action in ACTIONS if action in given],
                "role": None,
                "restrict_object_type": None,
                "acl_id": None,
                "source": {"object_type": "organization", "object_id": actor.org_id, "name": actor.org_name},
                "inherited": about.object_type != "organization",
            }
