"""Datasets as objects: create and find."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.features.datasets.types import DatasetFields
from assay_server.features.projects.service import ObjectService

_NOT_IN_SLUG = re.compile(r"[^\w]+")


def create_dataset(
    objects: ObjectService,
    actor: Actor,
    project_id: str,
    name: str,
    fields: DatasetFields,
    *,
    replace: bool = False,
) -> tuple[Record, bool]:
    """Create a dataset or find the one of that name: `(row, found)`; `replace` sets its fields."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "name": name,
        "url_slug": slug(name),
        "description": fields.description,
        "metadata": fields.metadata,
        "tags": fields.tags,
    }
    return objects.create(actor, "dataset", values, replace=replace)


def slug(name: str) -> str:
    """A name as one lower-case word for addresses: letters and digits of any script, dashes between."""
    plain = _NOT_IN_SLUG.sub("-", unicodedata.normalize("NFKC", name).lower())
    return plain.strip("-_") or "dataset"
