"""Users and their membership in organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay.core.ids import new_row_id
from assay_server.engines import records
from assay_server.engines.authz import Role
from assay_server.engines.records import Page, Record
from assay_server.features.users.tables import members, users
from assay_server.ports.audit import note_change


def add_user(connection: sa.Connection, org_id: str, email: str, *, given_name: str, role: Role) -> Record:
    """Create a user as a member of an organization. Raises IntegrityError when the address is taken."""
    user = records.insert(connection, users, {"email": email, "given_name": given_name})
    join_org(connection, org_id, user["id"], role)
    return user


def find_member(connection: sa.Connection, org_id: str, user_id: str) -> Record | None:
    """A user of an organization with its `role`, or None."""
    return records.fetch_one(connection, _members(org_id).where(users.c.id == user_id))


def first_owner(connection: sa.Connection, org_id: str) -> Record | None:
    """The owner who joined the organization's database first, or None. Service accounts cannot sign in: not they."""
    return next(iter(owners_of(connection, org_id, 1)), None)


def owners_of(connection: sa.Connection, org_id: str, limit: int = 5) -> list[Record]:
    """People who own an organization, first comers first."""
    owners = _members(org_id).where(members.c.role == "owner", users.c.service_account.is_(False))
    found = connection.execute(owners.order_by(users.c.created, users.c.id).limit(limit))
    return [dict(row) for row in found.mappings()]


def names_of(connection: sa.Connection, org_id: str, user_ids: Sequence[str]) -> dict[str, str]:
    """What people of an organization are called, by id: their address, service accounts their name."""
    found = connection.execute(_members(org_id).where(users.c.id.in_(user_ids))).mappings()
    return {row["id"]: row["given_name"] if row["service_account"] else row["email"] for row in found}


def people_by_role(connection: sa.Connection, org_id: str) -> dict[str, int]:
    """How many members have each role."""
    query = sa.select(members.c.role, sa.func.count()).where(members.c.org_id == org_id)
    return {role: count for role, count in connection.execute(query.group_by(members.c.role))}


def list_members(
    connection: sa.Connection, org_id: str, page: Page, filters: Mapping[str, Sequence[str] | None]
) -> list[Record]:
    """Users of an organization, newest first; a filter lists the values a column may have."""
    query: sa.Select[Any] = _members(org_id)
    for name, values in filters.items():
        if values:
            query = query.where(users.c[name].in_(values))
    mine = users.c.id.in_(sa.select(members.c.user_id).where(members.c.org_id == org_id))
    return records.fetch_page(connection, query, users, page, among=mine)


def _members(org_id: str) -> sa.Select[Any]:
    joined = sa.select(users, members.c.role).join(members, members.c.user_id == users.c.id)
    return joined.where(members.c.org_id == org_id)


def find_user(connection: sa.Connection, email: str) -> Record | None:
    """A user of any organization by address, or None."""
    return records.fetch_one(
        connection, sa.select(users).where(sa.func.lower(users.c.email) == email.lower())
    )


def join_org(connection: sa.Connection, org_id: str, user_id: str, role: Role) -> None:
    """Make a user a member of an organization. Raises IntegrityError when they are or do not exist."""
    row = {"org_id": org_id, "user_id": user_id, "role": role}
    connection.execute(members.insert().values(row))
    note_change(connection, members, None, row)


def leave_org(connection: sa.Connection, org_id: str, user_id: str) -> None:
    """End a membership; the user stays known."""
    records.remove(connection, members, members.c.org_id == org_id, members.c.user_id == user_id)


def set_role(connection: sa.Connection, org_id: str, user_id: str, role: Role) -> None:
    """Give a member another role in the organization."""
    mine = (members.c.org_id == org_id, members.c.user_id == user_id)
    before = records.fetch_one(connection, sa.select(members).where(*mine))
    changed = members.update().where(*mine).values(role=role).returning(members)
    after = connection.execute(changed).mappings().one()
    note_change(connection, members, before, dict(after))


def service_account(connection: sa.Connection, org_id: str, name: str, role: Role) -> tuple[Record, bool]:
    """The service account of a name, made with a role when it is new: `(user, found)`."""
    named = _members(org_id).where(users.c.service_account, users.c.given_name == name)
    found = records.fetch_one(connection, named)
    if found is not None:
        return found, True
    email = f"{new_row_id()}@service-account.invalid"
    values = {"email": email, "given_name": name, "service_account": True}
    account = records.insert(connection, users, values)
    join_org(connection, org_id, account["id"], role)
    return {**account, "role": role}, False


def service_accounts(org_id: str) -> sa.Subquery:
    """The service accounts of an organization: `id`, `email` and `given_name`."""
    accounts = sa.select(users.c.id, users.c.email, users.c.given_name)
    joined = accounts.join(members, members.c.user_id == users.c.id)
    return joined.where(members.c.org_id == org_id, users.c.service_account).subquery()
