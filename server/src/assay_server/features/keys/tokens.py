"""Service tokens: keys of service accounts, which are no person's and stay when people leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.times import iso_time
from assay_server.engines import records
from assay_server.engines.authz import Action, Actor, in_org, require
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, NotFound
from assay_server.features.keys.service import new_key, store_key
from assay_server.features.keys.tables import api_keys
from assay_server.features.users.service import service_account, service_accounts

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore


class ServiceTokens:
    """Thread-safe; every method blocks. `revoked` is called when a token is no longer good."""

    def __init__(self, meta: MetaStore, revoked: Callable[[], None]) -> None:
        self._meta = meta
        self._revoked = revoked

    def create(
        self,
        actor: Actor,
        name: str,
        *,
        account_name: str | None = None,
        account_id: str | None = None,
        expires_at: datetime | None = None,
        replace: bool = False,
    ) -> tuple[Record, str]:
        """A new token and its secret, which is shown this once.

        The account is made as a member of the organization when its name is new; without name and id it is
        called like the token. `replace` revokes the account's tokens of the same name. Raises BadRequest for
        an unknown account id.
        """
        self._require(actor, "create", name)
        key_id, key = new_key()
        expiry = iso_time(expires_at.timestamp()) if expires_at else None
        with self._meta.begin() as connection:
            account = self._account(connection, actor, account_id, account_name or name)
            if replace:
                same = (api_keys.c.user_id == account["id"], api_keys.c.name == name)
                for row in connection.execute(self._live(actor).where(*same)).mappings().all():
                    records.soft_delete(connection, api_keys, row["id"])
            store_key(connection, actor.org_id, account["id"], name, key, key_id=key_id, expires_at=expiry)
            row = connection.execute(self._live(actor).where(api_keys.c.id == key_id)).mappings().one()
        self._revoked()
        return dict(row), key

    def list(
        self, actor: Actor, page: Page, *, name: str | None = None, ids: Sequence[str] | None = None
    ) -> list[Record]:
        """Live tokens, newest first."""
        self._require(actor, "read", name or "")
        query = self._live(actor)
        if name:
            query = query.where(api_keys.c.name == name)
        if ids is not None:
            query = query.where(api_keys.c.id.in_(ids))
        with self._meta.read() as connection:
            return records.fetch_page(
                connection, query, api_keys, page, among=api_keys.c.org_id == actor.org_id
            )

    def get(self, actor: Actor, token_id: str) -> Record:
        """One live token. Raises NotFound."""
        self._require(actor, "read", token_id)
        with self._meta.read() as connection:
            row = records.fetch_one(connection, self._live(actor).where(api_keys.c.id == token_id.lower()))
        if row is None:
            raise NotFound(
                f"There is no service token with id {token_id[:100]!r}.", code="service_token_not_found"
            )
        return row

    def delete(self, actor: Actor, token_id: str) -> Record:
        """Revoke a token: requests with it are refused from now on. Returns it."""
        row = self.get(actor, token_id)
        self._require(actor, "delete", row["name"])
        with self._meta.begin() as connection:
            records.soft_delete(connection, api_keys, row["id"])
        self._revoked()
        return row

    def _account(self, connection: sa.Connection, actor: Actor, account_id: str | None, name: str) -> Record:
        if not account_id:
            return service_account(connection, actor.org_id, name, "member")[0]
        accounts = service_accounts(actor.org_id)
        found = records.fetch_one(connection, sa.select(accounts).where(accounts.c.id == account_id.lower()))
        if found is None:
            raise BadRequest(
                f"There is no service account with id {account_id[:100]!r}.", code="service_account_not_found"
            )
        return found

    def _live(self, actor: Actor) -> sa.Select[Any]:
        accounts = service_accounts(actor.org_id)
        of_account = sa.select(
            api_keys,
            accounts.c.id.label("service_account_id"),
            accounts.c.email.label("service_account_email"),
            accounts.c.given_name.label("service_account_name"),
        ).join(accounts, accounts.c.id == api_keys.c.user_id)
        return of_account.where(api_keys.c.org_id == actor.org_id, api_keys.c.deleted_at.is_(None))

    def _require(self, actor: Actor, action: Action, name: str) -> None:
        require(actor, action, in_org(actor, "service_token", name))
