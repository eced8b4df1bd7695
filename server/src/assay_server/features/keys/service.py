"""Credentials: API keys, one-time login tokens and browser sessions, and the actors they stand for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.ids import new_row_id
from assay.core.times import iso_now, iso_time
from assay_server.engines import records
from assay_server.engines.authz import Actor, in_org, require
from assay_server.engines.records import Page, Record
from assay_server.errors import NotFound, Unauthorized
from assay_server.features.access.service import grants_of
from assay_server.features.keys.tables import api_keys, login_tokens, sessions
from assay_server.features.orgs.service import find_org
from assay_server.features.users.service import find_member, service_accounts
from assay_server.ports.audit import CALLER, Caller

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore

LOGIN_TOKEN_SECONDS = 15 * 60
SESSION_SECONDS = 30 * 24 * 3600
_REMEMBER_SECONDS = 10.0
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A new browser session: the secret for its cookie and whom it stands for."""

    token: str
    actor: Actor


class AuthService:
    """Checks credentials and hands them out. Thread-safe; everything but `remembered` blocks."""

    def __init__(self, meta: MetaStore) -> None:
        self._meta = meta
        self._recent: dict[tuple[str, str], tuple[Actor, float]] = {}
        self._revocations = 0
        self._lock = threading.Lock()

    # -- checking --------------------------------------------------------------------------------------

    def remembered(self, kind: str, credential: str) -> Actor | None:
        """The actor of a credential of this kind checked in the last 10 s and not revoked here since."""
        entry = self._recent.get((kind, hash_secret(credential)))
        return entry[0] if entry is not None and entry[1] > time.monotonic() else None

    def actor_for_key(self, key: str) -> Actor:
        """The owner of an API key. Raises Unauthorized for an unknown, deleted or expired one."""
        revocations = self._revocations
        row = self._credential(api_keys, api_keys.c.key_hash, key, ended=api_keys.c.deleted_at)
        if row is None:
            raise Unauthorized(
                "This API key is not known here, or was deleted, or has expired.", code="key_unknown"
            )
        return self._remember(key, self._actor(row, kind="api_key"), revocations)

    def actor_for_session(self, token: str) -> Actor:
        """The owner of a browser session. Raises Unauthorized for an unknown, ended or expired one."""
        revocations = self._revocations
        row = self._credential(sessions, sessions.c.token_hash, token, ended=sessions.c.revoked_at)
        if row is None:
            raise Unauthorized("This session has ended; sign in again.", code="session_ended")
        return self._remember(token, self._actor(row, kind="session"), revocations)

    def actor_for_member(self, org_id: str, user_id: str) -> Actor:
        """A member as they are now, for work they asked for before. Raises Unauthorized when they have left."""
        return self._actor({"org_id": org_id, "user_id": user_id}, kind="system")

    def _credential(
        self, table: sa.Table, stored: sa.Column[str], secret: str, *, ended: sa.Column[str]
    ) -> Record | None:
        digest = hash_secret(secret)
        with self._meta.read() as connection:
            row = records.fetch_one(connection, sa.select(table).where(stored == digest, ended.is_(None)))
        if row is None or not hmac.compare_digest(row[stored.name], digest):
            return None
        return row if row["expires_at"] is None or row["expires_at"] > iso_now() else None

    def _actor(self, row: Record, *, kind: Any) -> Actor:
        with self._meta.read() as connection:
            member = find_member(connection, row["org_id"], row["user_id"])
            org = find_org(connection, row["org_id"])
            grants = grants_of(connection, row["org_id"], row["user_id"])
        if member is None or org is None:
            raise Unauthorized("The user of this credential is no longer a member.", code="not_a_member")
        key_id = row["id"] if kind == "api_key" else None
        session_id = row["id"] if kind == "session" else None
        return Actor(member["id"], org["id"], org["name"], kind, member["role"], key_id, grants, session_id)

    def _remember(self, credential: str, actor: Actor, revocations: int) -> Actor:
        with self._lock:
            if revocations == self._revocations:  # else it may be this one that was just revoked
                if len(self._recent) >= _REMEMBERED:
                    self._recent.clear()
                self._recent[actor.kind, hash_secret(credential)] = (
                    actor,
                    time.monotonic() + _REMEMBER_SECONDS,
                )
        return actor

    def forget(self) -> None:
        """Check every credential anew: somebody's permissions have changed."""
        with self._lock:
            self._revocations += 1
            self._recent.clear()

    # -- API keys --------------------------------------------------------------------------------------

    def create_key(
        self, actor: Actor, name: str, *, expires_at: datetime | None = None
    ) -> tuple[Record, str]:
        """A new key of the actor: its row, and the secret, which is shown this once."""
        require(actor, "create", in_org(actor, "api_key", name, owner_id=actor.user_id))
        key_id, key = new_key()
        expiry = iso_time(expires_at.timestamp()) if expires_at else None
        with self._meta.begin() as connection:
            row = store_key(
                connection, actor.org_id, str(actor.user_id), name, key, key_id=key_id, expires_at=expiry
            )
        return row, key

    def list_keys(
        self,
        actor: Actor,
        page: Page,
        *,
        name: str | None = None,
        ids: Sequence[str] | None = None,
        created: tuple[str | None, str | None] = (None, None),
    ) -> list[Record]:
        """Live keys, newest first: all of the organization for an owner, else the actor's own.

        `created` are the earliest and the latest time of making, both included.
        """
        query = self._visible(actor)
        if created[0]:
            query = query.where(api_keys.c.created >= created[0])
        if created[1]:
            query = query.where(api_keys.c.created <= created[1])
        if name:
            query = query.where(api_keys.c.name == name)
        if ids is not None:
            query = query.where(api_keys.c.id.in_(ids))
        with self._meta.read() as connection:
            return records.fetch_page(
                connection, query, api_keys, page, among=api_keys.c.org_id == actor.org_id
            )

    def get_key(self, actor: Actor, key_id: str) -> Record:
        """One live key the actor may see. Raises NotFound."""
        with self._meta.read() as connection:
            row = records.fetch_one(connection, self._visible(actor).where(api_keys.c.id == key_id.lower()))
        if row is None:
            raise NotFound(f"You have no API key with id {key_id[:100]!r}.", code="api_key_not_found")
        return row

    def delete_key(self, actor: Actor, key_id: str) -> Record:
        """Revoke a key: requests with it are refused from now on. Returns it."""
        row = self.get_key(actor, key_id)
        require(actor, "delete", in_org(actor, "api_key", row["name"], owner_id=row["user_id"]))
        with self._meta.begin() as connection:
            deleted = records.soft_delete(connection, api_keys, row["id"])
        self.forget()
        return deleted

    def _visible(self, actor: Actor) -> sa.Select[Any]:
        accounts = service_accounts(actor.org_id)
        query = sa.select(api_keys).where(
            api_keys.c.org_id == actor.org_id,
            api_keys.c.deleted_at.is_(None),
            api_keys.c.user_id.not_in(sa.select(accounts.c.id)),
        )
        return query if actor.role == "owner" else query.where(api_keys.c.user_id == actor.user_id)

    # -- browser sessions ------------------------------------------------------------------------------

    def new_login_token(self, org_id: str, user_id: str) -> str:
        """A secret that signs one browser in once, within 15 minutes."""
        token = secrets.token_urlsafe(32)
        row = {
            "token_hash": hash_secret(token),
            "org_id": org_id,
            "user_id": user_id,
            "expires_at": iso_time(time.time() + LOGIN_TOKEN_SECONDS),
        }
        with self._meta.begin() as connection:
            connection.execute(login_tokens.delete().where(login_tokens.c.expires_at < iso_now()))
            connection.execute(login_tokens.insert().values(row))
        return token

    def login(self, token: str) -> Session:
        """Spend a login token on a session of 30 days. Raises Unauthorized for a spent or expired token."""
        secret, now = secrets.token_urlsafe(32), time.time()
        unspent = (login_tokens.c.token_hash == hash_secret(token), login_tokens.c.used_at.is_(None))
        spend = login_tokens.update().where(*unspent, login_tokens.c.expires_at > iso_time(now))
        with self._meta.begin() as connection:
            spent = spend.values(used_at=iso_time(now)).returning(login_tokens)
            row = connection.execute(spent).mappings().first()
            if row is None:
                raise Unauthorized(
                    "This login link is not valid: it works once, for 15 minutes. Ask for a new one.",
                    code="login_token_invalid",
                )
            values = {
                "token_hash": hash_secret(secret),
                "org_id": row["org_id"],
                "user_id": row["user_id"],
                "expires_at": iso_time(now + SESSION_SECONDS),
                **_whence(),
            }
            connection.execute(sessions.delete().where(sessions.c.expires_at < iso_time(now)))
            records.insert(connection, sessions, values)
        return Session(secret, self.actor_for_session(secret))

    def logout(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        self._end(sessions.c.token_hash == hash_secret(token))

    def list_sessions(self, actor: Actor) -> list[Record]:
        """The browsers the actor is signed in with, newest first; `current` is the one that asks."""
        query = sa.select(sessions).where(*self._own(actor)).order_by(sessions.c.created.desc())
        with self._meta.read() as connection:
            found = connection.execute(query).mappings().all()
        return [{**row, "current": row["id"] == actor.session_id} for row in found]

    def end_session(self, actor: Actor, session_id: str) -> Record:
        """Sign a browser of the actor out. Raises NotFound. Returns the session."""
        ended = self._end(*self._own(actor), sessions.c.id == session_id.lower())
        if not ended:
            raise NotFound(f"You have no session with id {session_id[:100]!r}.", code="session_not_found")
        return {**ended[0], "current": ended[0]["id"] == actor.session_id}

    def end_other_sessions(self, actor: Actor) -> int:
        """Sign every other browser of the actor out; how many."""
        return len(self._end(*self._own(actor), sessions.c.id != (actor.session_id or "")))

    def _own(self, actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
        """The conditions of a living session of the actor."""
        return (
            sessions.c.org_id == actor.org_id,
            sessions.c.user_id == actor.user_id,
            sessions.c.expires_at > iso_now(),
            sessions.c.revoked_at.is_(None),
        )

    def _end(self, *which: sa.ColumnElement[bool]) -> list[Record]:
        living = sa.select(sessions.c.id).where(*which, sessions.c.revoked_at.is_(None))
        with self._meta.begin() as connection:
            ended = [
                records.update(connection, sessions, session_id, {"revoked_at": iso_now()})
                for session_id in connection.scalars(living).all()
            ]
        self.forget()
        return ended


def _whence() -> dict[str, str | None]:
    """Where the request at hand comes from, for people to recognise their sessions by."""
    caller = CALLER.get() or Caller()
    return {"ip": caller.ip, "user_agent": (caller.user_agent or "")[:500] or None}


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: what is stored of a credential."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_key() -> tuple[str, str]:
    """`(row id, key)`: the key reads `sk-assay-<start of the id>-<secret of 192 bits>`."""
    key_id = new_row_id()
    return key_id, f"sk-assay-{key_id[:8]}-{secrets.token_hex(24)}"


def store_key(
    connection: sa.Connection,
    org_id: str,
    user_id: str,
    name: str,
    key: str,
    *,
    key_id: str | None = None,
    expires_at: str | None = None,
) -> Record:
    """Keep the hash of a key. Raises IntegrityError when this key is already known."""
    preview = f"{key[:13]}…{key[-4:]}" if len(key) >= 32 else f"{key[:2]}…"
    row = {
        "id": key_id or new_row_id(),
        "org_id": org_id,
        "user_id": user_id,
        "name": name,
        "preview_name": preview,
        "key_hash": hash_secret(key),
        "expires_at": expires_at,
    }
    return records.insert(connection, api_keys, row)


def revoke_everything(connection: sa.Connection, org_id: str, user_id: str) -> None:
    """End every key and every session of a user in an organization."""
    for table, ended in ((api_keys, api_keys.c.deleted_at), (sessions, sessions.c.revoked_at)):
        theirs = sa.select(table.c.id).where(
            table.c.org_id == org_id, table.c.user_id == user_id, ended.is_(None)
        )
        for row_id in connection.scalars(theirs).all():
            records.update(connection, table, row_id, {ended.name: iso_now()})


def key_is_known(connection: sa.Connection, key: str) -> bool:
    """Whether this key was ever stored, revoked or not."""
    query = sa.select(api_keys.c.id).where(api_keys.c.key_hash == hash_secret(key))
    return connection.scalar(query) is not None
