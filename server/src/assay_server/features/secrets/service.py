"""Provider keys of an organization: stored encrypted, handed to the gateway, never returned."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assay.core.times import iso_now
from assay_server.engines import records
from assay_server.engines.authz import Action, Actor, in_org, require
from assay_server.engines.gateway.gateway import Credential
from assay_server.engines.records import Page, Record
from assay_server.errors import Conflict, NotFound
from assay_server.features.secrets.tables import ai_secrets

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.ports.secrets import Secrets

_CACHE_SECONDS = 5.0


class AiSecretService:
    """Thread-safe; every method blocks."""

    def __init__(self, meta: MetaStore, secrets: Secrets) -> None:
        self._meta = meta
        self._secrets = secrets
        self._cache: dict[tuple[str, str], tuple[Credential | None, float]] = {}
        self._generation = 0
        self._lock = threading.Lock()

    def credential(self, org_id: str, provider: str) -> Credential | None:
        """The newest key an organization keeps for a provider (openai, anthropic, …), or None.

        `api_base` in its metadata is where to send it. Answers come from memory for up to 5 s; writes through
        this service are seen at once. Raises SecretUnreadable.
        """
        cached = self._cache.get((org_id, provider))
        if cached is not None and cached[1] > time.monotonic():
            return cached[0]
        generation = self._generation
        found = self._read(org_id, provider)
        with self._lock:
            if generation == self._generation:
                self._cache[org_id, provider] = (found, time.monotonic() + _CACHE_SECONDS)
        return found

    def create(
        self, actor: Actor, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Keep a key under a name: `(row, found)`. A taken name is returned as it is, or replaced."""
        self._require(actor, "update" if replace else "create", values["name"])
        with self._meta.begin() as connection:
            named = self._visible(actor).where(ai_secrets.c.name == values["name"])
            row = records.fetch_one(connection, named)
            found = row is not None
            if row is None:
                values = {**values, "org_id": actor.org_id, "updated_at": iso_now()}
                row = records.insert(connection, ai_secrets, self._sealed(values))
            elif replace:
                changes = {**self._sealed(values), "updated_at": iso_now()}
                row = records.update(connection, ai_secrets, row["id"], changes)
        self._forget()
        return row, found

    def list(
        self,
        actor: Actor,
        page: Page,
        *,
        name: str | None = None,
        types: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """Keys of the organization, newest first."""
        self._require(actor, "read", name or "")
        query = self._visible(actor)
        if name:
            query = query.where(ai_secrets.c.name == name)
        for column, values in ((ai_secrets.c.type, types), (ai_secrets.c.id, ids)):
            if values is not None:
                query = query.where(column.in_(values))
        with self._meta.read() as connection:
            return records.fetch_page(
                connection, query, ai_secrets, page, among=ai_secrets.c.org_id == actor.org_id
            )

    def get(self, actor: Actor, secret_id: str) -> Record:
        """One key by id. Raises NotFound."""
        with self._meta.read() as connection:
            row = records.fetch_one(
                connection, self._visible(actor).where(ai_secrets.c.id == secret_id.lower())
            )
        if row is None:
            raise NotFound(
                f"There is no provider key with id {secret_id[:100]!r}.", code="ai_secret_not_found"
            )
        self._require(actor, "read", row["name"])
        return row

    def update(self, actor: Actor, secret_id: str, changes: Mapping[str, Any]) -> Record:
        """Change fields of a key. Raises NotFound, or Conflict on a taken name."""
        row = self.get(actor, secret_id)
        self._require(actor, "update", row["name"])
        try:
            with self._meta.begin() as connection:
                sealed = {**self._sealed(changes), "updated_at": iso_now()}
                row = records.merge(connection, ai_secrets, row, sealed)
        except IntegrityError:
            raise Conflict(
                f"There is another provider key named {changes.get('name')!r}.", code="name_taken"
            ) from None
        self._forget()
        return row

    def delete(self, actor: Actor, secret_id: str) -> Record:
        """Forget a key for good. Returns what it was."""
        row = self.get(actor, secret_id)
        self._require(actor, "delete", row["name"])
        with self._meta.begin() as connection:
            records.remove(connection, ai_secrets, ai_secrets.c.id == row["id"])
        self._forget()
        return row

    def delete_named(self, actor: Actor, name: str) -> Record:
        """Forget the key of a name for good. Raises NotFound."""
        rows = self.list(actor, Page(), name=name)
        if not rows:
            raise NotFound(f"There is no provider key named {name!r}.", code="ai_secret_not_found")
        return self.delete(actor, rows[0]["id"])

    def _read(self, org_id: str, provider: str) -> Credential | None:
        of_provider = sa.func.coalesce(ai_secrets.c.type, ai_secrets.c.name) == provider
        query = (
            sa.select(ai_secrets.c.secret, ai_secrets.c.metadata)
            .where(ai_secrets.c.org_id == org_id, of_provider, ai_secrets.c.secret.is_not(None))
            .order_by(ai_secrets.c.created.desc(), ai_secrets.c.id.desc())
            .limit(1)
        )
        with self._meta.read() as connection:
            row = records.fetch_one(connection, query)
        if row is None:
            return None
        base_url = (row["metadata"] or {}).get("api_base")
        key = self._secrets.decrypt(bytes(row["secret"]))
        return Credential(key, base_url if isinstance(base_url, str) and base_url else None)

    def _sealed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The columns for values whose `secret`, when present, is plain text."""
        columns = dict(values)
        if "secret" in columns:
            text = columns["secret"]
            columns["secret"] = self._secrets.encrypt(text) if text else None
            columns["preview_secret"] = _preview(text) if text else None
        return columns

    def _visible(self, actor: Actor) -> sa.Select[Any]:
        return sa.select(ai_secrets).where(ai_secrets.c.org_id == actor.org_id)

    def _require(self, actor: Actor, action: Action, name: str) -> None:
        require(actor, action, in_org(actor, "ai_secret", name))

    def _forget(self) -> None:
        with self._lock:
            self._generation += 1
            self._cache.clear()


def _preview(secret: str) -> str:
    return f"…{secret[-4:]}" if len(secret) >= 16 else "…"
