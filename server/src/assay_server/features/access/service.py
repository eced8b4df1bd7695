"""Roles, groups and access rules: who may do what beyond the role they have in the organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay_server.engines import records
from assay_server.engines.authz import Action, Actor
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, Conflict, Forbidden, NotFound
from assay_server.features.access.grants import BUILT_IN_ROLES, grants_of
from assay_server.features.access.tables import acls, groups, project_groups, roles
from assay_server.features.projects.service import ObjectService, StoreOver
from assay_server.features.users.service import find_member

__all__ = [
    "AclService",
    "GroupedProjects",
    "MembershipStore",
    "add_to_groups",
    "grants_of",
    "leave_everything",
]

_RULE = ("object_type", "object_id", "user_id", "group_id", "permission", "role_id", "restrict_object_type")
_TABLES = {"role": roles, "group": groups, "project_group": project_groups}


class MembershipStore(StoreOver):
    """Roles and groups of users or projects, whose members are added and removed.

    `changed` is called after every write.
    """

    def __init__(self, objects: ObjectService, changed: Callable[[], None]) -> None:
        super().__init__(objects)
        self._changed = changed

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create one, or find the one of that name: `(row, found)`. Raises BadRequest for unknown members."""
        self._check_members(actor, values)
        row, found = self.objects.create(actor, kind, values, replace=replace)
        self._changed()
        return row, found

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """A page, newest first; the built-in roles come last."""
        wanted = [
            role
            for role in BUILT_IN_ROLES.values()
            if kind == "role"
            and (ids is None or role["id"] in ids)
            and filters["name"] in (None, role["name"])
        ]
        if page.starting_after and page.starting_after in BUILT_IN_ROLES:
            at = list(BUILT_IN_ROLES).index(page.starting_after) + 1
            return [role for role in wanted if role["id"] in list(BUILT_IN_ROLES)[at:]][: page.limit]
        rows = self.objects.list(actor, kind, page, filters=filters, ids=ids)
        return rows if page.ending_before else [*rows, *wanted][: page.limit]

    def get(self, actor: Actor, kind: str, object_id: str, **_choice: Any) -> Record:
        """One by id."""
        if kind == "role" and object_id.lower() in BUILT_IN_ROLES:
            return BUILT_IN_ROLES[object_id.lower()]
        return self.objects.get(actor, kind, object_id)

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change fields; `add_…` and `remove_…` change the members. Raises BadRequest for unknown ones."""
        self._refuse_built_in(object_id)
        plain = {name: value for name, value in changes.items() if not name.startswith(("add_", "remove_"))}
        added = {
            name.removeprefix("add_"): value for name, value in changes.items() if name.startswith("add_")
        }
        self._check_members(actor, added)

        def edit(connection: sa.Connection, row: Record) -> Record:
            columns = {
                name: _edited(row[name] or [], changes.get(f"add_{name}"), changes.get(f"remove_{name}"))
                for name in row
                if f"add_{name}" in changes or f"remove_{name}" in changes
            }
            return records.update(connection, _TABLES[kind], row["id"], columns)

        row = self.objects.update(actor, kind, object_id, plain, also=edit)
        self._changed()
        return row

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """Delete one: what it gave is gone."""
        self._refuse_built_in(object_id)
        row = self.objects.delete(actor, kind, object_id)
        self._changed()
        return row

    def _check_members(self, actor: Actor, values: Mapping[str, Any]) -> None:
        for user_id in values.get("member_users") or ():
            check_user(self.objects, actor, user_id)
        for kind in ("group", "role"):
            for object_id in values.get(f"member_{kind}s") or ():
                check_subject(self.objects, actor, kind, object_id)
        for project_id in values.get("member_projects") or ():
            check_subject(self.objects, actor, "project", project_id, action="create_acls")

    def _refuse_built_in(self, object_id: str) -> None:
        if object_id.lower() in BUILT_IN_ROLES:
            raise Forbidden("Built-in roles cannot be changed; create one of your own.", code="role_built_in")


class GroupedProjects(StoreOver):
    """Projects, which may be created in a group of projects. `changed` is called after that."""

    def __init__(self, objects: ObjectService, changed: Callable[[], None]) -> None:
        super().__init__(objects)
        self._changed = changed

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create a project, or find the one of that name: `(project, found)`.

        `project_group_name` puts a new one into that group. Raises NotFound for an unknown group, Conflict when
        the project is there and not in it.
        """
        columns = dict(values)
        name = columns.pop("project_group_name", None)
        if not name:
            return self.objects.create(actor, kind, columns, replace=replace)
        ref = self.objects.resolve(actor, "project_group", name, action="update")
        with self.objects.meta.begin() as connection:
            group = sa.select(project_groups).where(project_groups.c.id == ref.object_id).with_for_update()
            inside = (records.fetch_one(connection, group) or {})["member_projects"] or []
            row, found = self.objects.create_in(connection, actor, kind, columns, replace=replace)
            if found and row["id"] not in inside:
                raise Conflict(
                    f"Project {row['name']!r} exists and is not in the group {name!r}; add it with "
                    f"PATCH /v1/project_group/{ref.object_id}.",
                    code="project_outside_group",
                )
            if not found:
                members = {"member_projects": [*inside, row["id"]]}
                records.update(connection, project_groups, ref.object_id, members)
        self.objects.forget()
        self._changed()
        return row, found


class AclService:
    """Access rules. Thread-safe; every method blocks. `changed` is called after every write."""

    def __init__(self, objects: ObjectService, changed: Callable[[], None]) -> None:
        self._objects = objects
        self._changed = changed

    def update(
        self, actor: Actor, add: Sequence[Mapping[str, Any]], remove: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Record], list[Record]]:
        """Add and remove rules in one transaction: `(added or there before, removed)`.

        Raises NotFound for an unknown object or a rule to remove that is not there, Forbidden, BadRequest for
        unknown users, groups and roles.
        """
        adding = [self._checked(actor, item, "create_acls") for item in add]
        removing = [self._checked(actor, item, "delete_acls") for item in remove]
        with self._objects.meta.begin() as connection:
            added = [self._add(connection, item) for item in adding]
            removed = [self._remove(connection, item) for item in removing]
        self._changed()
        return [_shown(row) for row in added], [_shown(row) for row in removed]

    def list(
        self, actor: Actor, page: Page, filters: Mapping[str, Any], ids: Sequence[str] | None
    ) -> list[Record]:
        """Rules about one object, newest first. Raises BadRequest when `filters` name none."""
        object_type, object_id = filters.get("object_type"), filters.get("object_id")
        if not object_type or not object_id:
            raise BadRequest(
                "Say which object's access rules: give object_type and object_id.", code="target_missing"
            )
        about = self._objects.target(actor, object_type, object_id, action="read_acls")
        return self._page(actor, page, {**filters, "object_id": about.object_id}, ids)

    def list_all(
        self, actor: Actor, page: Page, filters: Mapping[str, Any], ids: Sequence[str] | None
    ) -> list[Record]:
        """Every rule of the organization, newest first."""
        self._objects.target(actor, "organization", actor.org_id, action="read_acls")
        return self._page(actor, page, filters, ids)

    def get(self, actor: Actor, acl_id: str) -> Record:
        """One rule by id. Raises NotFound or Forbidden."""
        return _shown(self._row(actor, acl_id, "read_acls"))

    def delete(self, actor: Actor, acl_id: str) -> Record:
        """Remove a rule by id. Returns what it was."""
        row = self._row(actor, acl_id, "delete_acls")
        with self._objects.meta.begin() as connection:
            records.remove(connection, acls, acls.c.id == row["id"])
        self._changed()
        return _shown(row)

    def _row(self, actor: Actor, acl_id: str, action: Action) -> Record:
        query = sa.select(acls).where(acls.c.org_id == actor.org_id, acls.c.id == acl_id.lower())
        with self._objects.meta.read() as connection:
            row = records.fetch_one(connection, query)
        if row is None:
            raise _unknown(acl_id)
        self._objects.target(actor, row["object_type"], row["object_id"], action=action)
        return row

    def _page(
        self, actor: Actor, page: Page, filters: Mapping[str, Any], ids: Sequence[str] | None
    ) -> list[Record]:
        query = sa.select(acls).where(acls.c.org_id == actor.org_id)
        for name, value in filters.items():
            query = query.where(acls.c[name] == value) if value is not None else query
        if ids is not None:
            query = query.where(acls.c.id.in_(ids))
        with self._objects.meta.read() as connection:
            return [
                _shown(row)
                for row in records.fetch_page(
                    connection, query, acls, page, among=acls.c.org_id == actor.org_id
                )
            ]

    def _checked(self, actor: Actor, item: Mapping[str, Any], action: Action) -> dict[str, Any]:
        """The columns of a rule about an object whose rules the actor may change."""
        about = self._objects.target(actor, item["object_type"], item["object_id"], action=action)
        if action == "create_acls":
            if item["user_id"]:
                check_user(self._objects, actor, item["user_id"])
            for kind in ("group", "role"):
                if item[f"{kind}_id"]:
                    check_subject(self._objects, actor, kind, item[f"{kind}_id"])
        ids = {name: item[name].lower() for name in ("user_id", "group_id", "role_id") if item[name]}
        rule = {name: item[name] or None for name in _RULE} | ids
        return {**rule, "object_id": about.object_id, "org_id": actor.org_id}

    def _add(self, connection: sa.Connection, item: Mapping[str, Any]) -> Record:
        return self._find(connection, item) or records.insert(connection, acls, item)

    def _remove(self, connection: sa.Connection, item: Mapping[str, Any]) -> Record:
        row = self._find(connection, item)
        if row is None:
            raise _unknown(f"{item['object_type']} {item['object_id']}")
        records.remove(connection, acls, acls.c.id == row["id"])
        return row

    def _find(self, connection: sa.Connection, item: Mapping[str, Any]) -> Record | None:
        same = [acls.c[name].is_not_distinct_from(value) for name, value in item.items()]
        return records.fetch_one(connection, sa.select(acls).where(*same))


def add_to_groups(connection: sa.Connection, group_ids: Sequence[str], user_id: str) -> None:
    """Make a user a member of groups that were found before."""
    for group_id in group_ids:
        row = records.fetch_one(
            connection, sa.select(groups).where(groups.c.id == group_id).with_for_update()
        )
        if row is not None:
            columns = {"member_users": _edited(row["member_users"] or [], [user_id], None)}
            records.update(connection, groups, group_id, columns)


def leave_everything(connection: sa.Connection, org_id: str, user_id: str) -> None:
    """Take a user out of every group of an organization and remove the access rules that name them."""
    live = sa.select(groups).where(groups.c.org_id == org_id, groups.c.deleted_at.is_(None))
    for row in connection.execute(live).mappings().all():
        if user_id in (row["member_users"] or ()):
            columns = {"member_users": _edited(row["member_users"], None, [user_id])}
            records.update(connection, groups, row["id"], columns)
    records.remove(connection, acls, acls.c.org_id == org_id, acls.c.user_id == user_id)


def check_user(objects: ObjectService, actor: Actor, user_id: str) -> None:
    """Raises BadRequest unless the user is a member of the organization."""
    with objects.meta.read() as connection:
        if find_member(connection, actor.org_id, user_id.lower()) is None:
            raise BadRequest(
                f"Organization {actor.org_name!r} has no user {user_id[:100]!r}; see GET /v1/user.",
                code="user_not_found",
            )


def check_subject(
    objects: ObjectService, actor: Actor, kind: str, object_id: str, *, action: Action = "read"
) -> None:
    """Raises BadRequest unless the object exists in the organization or is a built-in role, Forbidden unless the
    actor may do `action` to it."""
    if kind == "role" and object_id.lower() in BUILT_IN_ROLES:
        return
    try:
        objects.get(actor, kind, object_id, action=action)
    except NotFound as error:
        raise BadRequest(error.message, code=error.code) from None


def _edited(members: Sequence[Any], add: Sequence[Any] | None, remove: Sequence[Any] | None) -> list[Any]:
    kept = [one for one in members if one not in (remove or ())]
    return kept + [one for one in add or () if one not in kept]


def _shown(row: Mapping[str, Any]) -> Record:
    return {**row, "_object_org_id": row["org_id"]}


def _unknown(what: str) -> NotFound:
    return NotFound(f"There is no such access rule: {what[:200]!r}.", code="acl_not_found")
