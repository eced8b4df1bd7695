"""Tables of roles, groups of users and of projects, and access rules."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.audit import audited
from assay_server.ports.meta import (
    JsonColumn,
    about_object,
    id_column,
    in_organization,
    metadata,
    object_table,
    reference,
    time_column,
)

roles = object_table(
    "roles",
    [in_organization()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("member_permissions", JsonColumn),
    sa.Column("member_roles", JsonColumn),
)
groups = object_table(
    "groups",
    [in_organization()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("member_users", JsonColumn),
    sa.Column("member_groups", JsonColumn),
)
project_groups = object_table(
    "project_groups",
    [in_organization()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("member_projects", JsonColumn),
)
acls = sa.Table(
    "acls",
    metadata,
    id_column(),
    *about_object(),
    reference("user_id", "users.id", nullable=True),
    reference("group_id", "groups.id", nullable=True),
    sa.Column("permission", sa.String(16)),
    sa.Column("role_id", sa.String(36)),
    sa.Column("restrict_object_type", sa.String(32)),
    time_column("created"),
    info=audited("acl", name=None),
)
sa.Index(None, acls.c.org_id, acls.c.object_type, acls.c.object_id)

KINDS = (
    ObjectKind(name="role", table=roles, parent="organization"),
    ObjectKind(name="group", table=groups, parent="organization"),
    ObjectKind(name="project_group", table=project_groups, parent="organization"),
)
