"""Organizations: create, find, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from assay_server.engines import records
from assay_server.engines.records import Record
from assay_server.features.orgs.tables import organizations


def first_org(connection: sa.Connection) -> Record | None:
    """The oldest organization: the one the first start made. None on an empty database."""
    oldest = sa.select(organizations).order_by(organizations.c.created, organizations.c.id)
    return records.fetch_one(connection, oldest)


def create_org(connection: sa.Connection, name: str) -> Record:
    """Add an organization. Raises IntegrityError when the name is taken."""
    return records.insert(connection, organizations, {"name": name})


def find_org(connection: sa.Connection, org_id: str) -> Record | None:
    """One organization by id."""
    return records.fetch_one(connection, sa.select(organizations).where(organizations.c.id == org_id))


def change_org(connection: sa.Connection, org_id: str, changes: Mapping[str, Any]) -> Record:
    """Change fields of an organization. Raises IntegrityError when the name is taken."""
    return records.update(connection, organizations, org_id, changes)


def lock_org(connection: sa.Connection, org_id: str) -> None:
    """Keep other transactions from changing who is in an organization until this one ends."""
    connection.execute(sa.select(organizations.c.id).where(organizations.c.id == org_id).with_for_update())


def allows_public_links(org: Record) -> bool:
    """Whether what is shared by a link is shown: only where an owner has said so."""
    return org["public_links"] == "allowed"
