"""Datasets as objects: their names in addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.features.projects.service import StoreOver

_NOT_IN_SLUG = re.compile(r"[^\w]+")


class DatasetStore(StoreOver):
    """Datasets with the slug that follows from their name."""

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create a dataset or find the one of that name: `(row, found)`; `replace` sets its fields."""
        return self.objects.create(actor, kind, {**values, "url_slug": slug(values["name"])}, replace=replace)

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change the fields that were sent."""
        named = {"url_slug": slug(changes["name"])} if "name" in changes else {}
        return self.objects.update(actor, kind, object_id, {**changes, **named})


def slug(name: str, *, otherwise: str = "dataset") -> str:
    """A name as one lower-case word for addresses: letters and digits of any script, dashes between."""
    plain = _NOT_IN_SLUG.sub("-", unicodedata.normalize("NFKC", name).lower())
    return plain.strip("-_") or otherwise
