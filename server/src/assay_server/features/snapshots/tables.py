"""Table of dataset snapshots."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import in_project, object_table, reference

dataset_snapshots = object_table(
    "dataset_snapshots",
    [reference("dataset_id", "datasets.id")],
    in_project(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("xact_id", sa.Text, nullable=False),
)
DATASET_SNAPSHOT = ObjectKind(
    name="dataset_snapshot", table=dataset_snapshots, parent="dataset", own_permissions=False
)
