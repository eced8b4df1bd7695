"""Stores of what needs more than its fields: scores, whose parts must fit their type, and encrypted variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.errors import Invalid
from assay_server.features.project_settings.types import check_parts
from assay_server.features.projects.service import ObjectService, StoreOver

if TYPE_CHECKING:
    from assay_server.ports.secrets import Secrets


class ScoreStore(StoreOver):
    """Scores of projects."""

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change the fields that were sent. Raises Invalid when they do not fit those that stay."""
        return self.objects.update(actor, kind, object_id, changes, also=_fitting)


def _fitting(_: sa.Connection, row: Record) -> Record:
    try:
        check_parts(row["score_type"], row["categories"], row["name"])
    except ValueError as error:
        raise Invalid(f"A score of type {row['score_type']} {error}.") from None
    return row


class EnvVarStore(StoreOver):
    """Variables of the organization, of projects and of what is in them."""

    def __init__(self, objects: ObjectService, secrets: Secrets) -> None:
        super().__init__(objects)
        self._secrets = secrets

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Keep a variable, or find the one of that name: `(variable, found)`; `replace` sets its value."""
        return self.objects.create(actor, kind, self._sealed(values), replace=replace)

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """Variables of one object; of the organization unless told."""
        about = dict(filters)
        if not about["object_type"] and not about["object_id"]:
            about |= {"object_type": "organization", "object_id": actor.org_id}
        return self.objects.list(actor, kind, page, filters=about, ids=ids)

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change the fields that were sent."""
        return self.objects.update(actor, kind, object_id, self._sealed(changes))

    def _sealed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The columns for values whose `value`, when present, is plain text."""
        columns = dict(values)
        if "value" in columns:
            text = columns["value"]
            columns["value"] = self._secrets.encrypt(text) if text is not None else None
            columns["preview_secret"] = _preview(text) if text is not None else None
        return columns


def _preview(text: str) -> str:
    return f"…{text[-4:]}" if len(text) >= 16 else "…"
