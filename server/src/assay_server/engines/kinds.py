"""Kinds of stored objects, described as data: where the rows are, what they belong to, who may touch them.

`features/projects/service.py` serves every kind by these descriptions; a noun adds its own next to its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from assay_server.engines.authz import ObjectRef
from assay_server.errors import NotFound

Parent = Literal["organization", "project", "dataset", "target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKind:
    """One kind of object.

    The table has `id`, `created`, `deleted_at`, `user_id` and the columns of the parent: `org_id`;
    `project_id`; `dataset_id` and `project_id`; or, for a *target*, `org_id`, `object_type` and `object_id`
    of any object. `key` names one object among the live ones below a parent. With `own_permissions` off,
    who may update the parent may write the object, and who may read the parent may read it. `only` is the
    condition of a kind that shares its table with others; `scope` are further columns within which the key is
    unique; `whole` are JSON columns that a change replaces instead of merging into.
    """

    name: str
    table: sa.Table
    parent: Parent = "project"
    key: str = "name"
    own_permissions: bool = True
    only: sa.ColumnElement[bool] | None = None
    scope: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()

    @property
    def parent_columns(self) -> tuple[str, ...]:
        """The columns that say which parent an object has."""
        match self.parent:
            case "organization":
                return ("org_id",)
            case "target":
                return ("org_id", "object_type", "object_id")
            case parent:
                return (f"{parent}_id",)

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that no two live objects have in common."""
        return (*self.parent_columns, *self.scope, self.key)

    @property
    def noun(self) -> str:
        """What people call it."""
        return self.name.replace("_", " ")

    def missing(self, org_name: str, ref: str) -> NotFound:
        """The error for an object that is not there or not the caller's."""
        how = "its id, its name, or project/name" if self.parent == "project" else "its name or id"
        if self.parent in ("dataset", "target"):
            how = "its id"
        return NotFound(
            f"Organization {org_name!r} has no {self.noun} {ref[:200]!r}; give {how}.",
            code=f"{self.name}_not_found",
            object_type=self.name,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """An object that was found, and the one whose permissions count for it."""

    ref: ObjectRef
    guard: ObjectRef
