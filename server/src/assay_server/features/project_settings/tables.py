"""Tables of what is set up in a project."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import (
    JsonColumn,
    about_object,
    in_organization,
    in_project,
    metadata,
    object_table,
    reference,
)


def _described() -> list[sa.Column[str]]:
    return [sa.Column("name", sa.Text, nullable=False), sa.Column("description", sa.Text)]


project_scores = object_table(
    "project_scores",
    [in_project()],
    *_described(),
    sa.Column("score_type", sa.Text, nullable=False),
    sa.Column("categories", JsonColumn),
    sa.Column("config", JsonColumn),
    sa.Column("position", sa.Text),
)
project_tags = object_table(
    "project_tags",
    [in_project()],
    *_described(),
    sa.Column("color", sa.Text),
    sa.Column("position", sa.Text),
)
project_automations = object_table(
    "project_automations", [in_project()], *_described(), sa.Column("config", JsonColumn, nullable=False)
)
org_automations = object_table(
    "org_automations", [in_organization()], *_described(), sa.Column("config", JsonColumn, nullable=False)
)
agents = object_table(
    "agents",
    [in_project()],
    *_described(),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("metadata", JsonColumn),
)
span_iframes = object_table(
    "span_iframes",
    [in_project()],
    *_described(),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("post_message", sa.Boolean),
)
mcp_servers = object_table(
    "mcp_servers", [in_project()], *_described(), sa.Column("url", sa.Text, nullable=False)
)
views = object_table(
    "views",
    [*about_object(), sa.Column("view_type", sa.String(64), nullable=False)],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("view_data", JsonColumn),
    sa.Column("options", JsonColumn),
    sa.Column("starred", sa.Boolean),
)
view_defaults = sa.Table(
    "view_defaults",
    metadata,
    reference("user_id", "users.id", primary_key=True),
    reference("project_id", "projects.id", primary_key=True),
    sa.Column("view_type", sa.String(64), primary_key=True),
    reference("view_id", "views.id", nullable=True),
)
"""The view a user opens a page of a project with; a null `view_id` is what is built in, whatever others open with."""

env_vars = object_table(
    "env_vars",
    about_object(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.LargeBinary),
    sa.Column("preview_secret", sa.Text),
    sa.Column("secret_type", sa.Text),
    sa.Column("secret_category", sa.Text),
    sa.Column("metadata", JsonColumn),
    sa.Column("used", sa.String(27)),
    audit={"secret": frozenset({"value", "preview_secret"})},
)
"""`value` is what `ports.secrets.Secrets.encrypt` returned; `used` is when it was last read."""

KINDS = (
    ObjectKind(
        name="project_score",
        table=project_scores,
        own_permissions=False,
        whole=frozenset({"categories", "config"}),
    ),
    ObjectKind(name="project_tag", table=project_tags, own_permissions=False),
    ObjectKind(
        name="project_automation",
        table=project_automations,
        own_permissions=False,
        whole=frozenset({"config"}),
    ),
    ObjectKind(
        name="org_automation",
        table=org_automations,
        parent="organization",
        own_permissions=False,
        whole=frozenset({"config"}),
    ),
    ObjectKind(name="agent", table=agents, own_permissions=False),
    ObjectKind(name="span_iframe", table=span_iframes, own_permissions=False),
    ObjectKind(name="mcp_server", table=mcp_servers, own_permissions=False),
    ObjectKind(
        name="view",
        table=views,
        parent="target",
        own_permissions=False,
        scope=("view_type",),
        whole=frozenset({"view_data", "options"}),
    ),
    ObjectKind(name="env_var", table=env_vars, parent="target", own_permissions=False),
)
