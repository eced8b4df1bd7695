"""Table of experiments."""

from __future__ import annotations

import sqlalchemy as sa

from assay.core.experiments import RERUN_OF
from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import JsonColumn, in_project, object_table

experiments = object_table(
    "experiments",
    [in_project()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("repo_info", JsonColumn),
    sa.Column("commit", sa.Text),
    sa.Column("base_exp_id", sa.String(36)),
    sa.Column("dataset_id", sa.String(36)),
    sa.Column("dataset_version", sa.Text),
    sa.Column("parameters_id", sa.String(36)),
    sa.Column("parameters_version", sa.Text),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("metadata", JsonColumn),
    sa.Column("tags", JsonColumn),
    sa.Column("internal_metadata", JsonColumn),
    sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("progress", JsonColumn),
)
MAY_BE_BASELINE = sa.and_(
    experiments.c.metadata[RERUN_OF].as_string().is_(None),
    sa.func.coalesce(experiments.c.progress["planned"].as_integer(), 1) != 0,
)
"""What a baseline is chosen from when none is named: no reruns of some cases, and no runs that had no case at all."""

EXPERIMENT = ObjectKind(name="experiment", table=experiments, whole=frozenset({"progress"}))
"""`archived` ones are put away: lists of people leave them out, and nothing is compared with one unless it is named.
`progress` is what the runner said last: see `types.Progress`."""
