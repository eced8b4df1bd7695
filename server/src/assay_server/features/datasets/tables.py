"""Table of datasets."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import JsonColumn, in_project, object_table

datasets = object_table(
    "datasets",
    [in_project()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url_slug", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("metadata", JsonColumn),
    sa.Column("tags", JsonColumn),
)
DATASET = ObjectKind(name="dataset", table=datasets)
