"""The object service as the store of a kind; exported by `service.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService


class StoreOver:
    """The object service as the store of a kind that treats some of its fields in its own way; to derive from."""

    def __init__(self, objects: ObjectService) -> None:
        self.objects = objects

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """See `ObjectService.create`."""
        return self.objects.create(actor, kind, values, replace=replace)

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """See `ObjectService.list`."""
        return self.objects.list(actor, kind, page, filters=filters, ids=ids)

    def get(self, actor: Actor, kind: str, object_id: str, **_choice: Any) -> Record:
        """See `ObjectService.get`."""
        return self.objects.get(actor, kind, object_id)

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """See `ObjectService.update`."""
        return self.objects.update(actor, kind, object_id, changes)

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """See `ObjectService.delete`."""
        return self.objects.delete(actor, kind, object_id)
