"""Shared links: who may make them, what they let their holders read, and when they end.

The holder of a link is an actor of its own, of no user: a guest with a grant on what is shared. A link is looked up
anew for every request and checked against what its maker may do at that moment, so that revoking it, forbidding links,
deleting the object or taking the right to share from its maker ends it at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.times import iso_now, iso_time
from assay_server.engines import records
from assay_server.engines.authz import Action, Actor, Grant, LinkKind, ObjectRef, Shared, require
from assay_server.engines.records import Page, Record
from assay_server.errors import AssayError, BadRequest, Forbidden, NotFound, Unauthorized
from assay_server.features.keys.service import hash_secret
from assay_server.features.orgs.service import allows_public_links, find_org
from assay_server.features.shared_links.tables import shared_links
from assay_server.http.auth import LINK_PREFIX

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.features.keys.service import AuthService
    from assay_server.features.projects.service import ObjectService

MAX_BASELINES = 10
"""Most experiments that a shared experiment is shown beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be shared: an experiment beside its baselines, a trace of an experiment or of project logs, or the
    view that holds a board. `project_id` says whose logs a board of the organization shows."""

    object_type: str
    object_id: str
    root_span_id: str | None = None
    baseline_ids: Sequence[str] = ()
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a link shows, found and checked: the object, those it is compared with, and the view of a board."""

    kind: LinkKind
    ref: ObjectRef
    baselines: tuple[ObjectRef, ...] = ()
    view: Record | None = None


class SharedLinks:
    """Thread-safe; every method blocks on the database."""

    def __init__(self, meta: MetaStore, objects: ObjectService, auth: AuthService) -> None:
        self._meta = meta
        self._objects = objects
        self._auth = auth

    # -- those who share -------------------------------------------------------------------------------

    def create(
        self, actor: Actor, wanted: Wanted, *, expires_at: datetime | None = None, name: str | None = None
    ) -> tuple[Record, str]:
        """A new link and its token, which is shown this once.

        Sharing takes the right to give others access (`create_acls`) to everything that is shown. Raises NotFound,
        BadRequest, and Forbidden, also where the organization forbids links.
        """
        place = self._place(actor, wanted)
        self._require_allowed(actor)
        token = LINK_PREFIX + secrets.token_urlsafe(32)
        row = {
            "org_id": actor.org_id,
            "project_id": place.ref.project_id,
            "user_id": actor.user_id,
            "token_hash": hash_secret(token),
            "preview_token": f"{LINK_PREFIX}…{token[-4:]}",
            "kind": place.kind,
            "object_type": wanted.object_type,
            "object_id": place.view["id"] if place.view else place.ref.object_id,
            "root_span_id": wanted.root_span_id,
            "baseline_ids": [ref.object_id for ref in place.baselines] or None,
            "name": name or (place.view["name"] if place.view else place.ref.name),
            "expires_at": iso_time(expires_at.timestamp()) if expires_at else None,
        }
        with self._meta.begin() as connection:
            return records.insert(connection, shared_links, row), token

    def list(
        self, actor: Actor, page: Page, filters: Mapping[str, Any], ids: Sequence[str] | None
    ) -> list[Record]:
        """Links that were not revoked, newest first: those of a project whose access rules the actor may read, or of
        the whole organization."""
        project = filters.get("project_id")
        self._objects.target(
            actor, "project" if project else "organization", project or actor.org_id, action="read_acls"
        )
        query = self._live(actor)
        for name, value in filters.items():
            query = query.where(shared_links.c[name] == value) if value else query
        if ids is not None:
            query = query.where(shared_links.c.id.in_(ids))
        among = shared_links.c.org_id == actor.org_id
        with self._meta.read() as connection:
            return records.fetch_page(connection, query, shared_links, page, among=among)

    def get(self, actor: Actor, link_id: str, *, action: Action = "read_acls") -> Record:
        """One link. Its maker may do anything to it; others need the permission on the project. Raises NotFound."""
        query = self._live(actor).where(shared_links.c.id == link_id.lower())
        with self._meta.read() as connection:
            row = records.fetch_one(connection, query)
        if row is None:
            raise NotFound(
                f"There is no shared link with id {link_id[:100]!r}.", code="shared_link_not_found"
            )
        project = row["project_id"]
        require(
            actor, action, ObjectRef(project, "project", project, row["name"], row["org_id"], row["user_id"])
        )
        return row

    def update(self, actor: Actor, link_id: str, *, expires_at: datetime | None) -> Record:
        """Set when a link ends, None for never."""
        row = self.get(actor, link_id, action="update_acls")
        expiry = iso_time(expires_at.timestamp()) if expires_at else None
        with self._meta.begin() as connection:
            return records.update(connection, shared_links, row["id"], {"expires_at": expiry})

    def revoke(self, actor: Actor, link_id: str) -> Record:
        """End a link now and for ever. Returns it."""
        row = self.get(actor, link_id, action="delete_acls")
        with self._meta.begin() as connection:
            return records.soft_delete(connection, shared_links, row["id"])

    # -- those who hold a link -------------------------------------------------------------------------

    def actor(self, token: str) -> Actor:
        """Whoever holds a link, if it works now. Raises Unauthorized `link_ended`, which says nothing of why."""
        with self._meta.read() as connection:
            row = records.fetch_one(
                connection,
                sa.select(shared_links).where(
                    shared_links.c.token_hash == hash_secret(token), shared_links.c.deleted_at.is_(None)
                ),
            )
            org = find_org(connection, row["org_id"]) if row else None
        if row is None or org is None or not allows_public_links(org):
            raise _ended()
        if row["expires_at"] is not None and row["expires_at"] <= iso_now():
            raise _ended()
        place = self._still(row)
        shared = Shared(
            link_id=row["id"],
            kind=place.kind,
            object_type=row["object_type"],
            object_id=row["object_id"],
            project_id=row["project_id"],
            root_span_id=row["root_span_id"],
            baseline_ids=tuple(ref.object_id for ref in place.baselines),
        )
        return Actor(
            user_id=None,
            org_id=org["id"],
            org_name=org["name"],
            kind="link",
            role="guest",
            grants=_grants(place),
            shared=shared,
        )

    def shown(self, actor: Actor) -> tuple[Record, Place]:
        """The link that an actor holds, and what it shows. Raises Unauthorized when it has ended meanwhile."""
        assert actor.shared is not None
        with self._meta.read() as connection:
            query = sa.select(shared_links).where(
                shared_links.c.id == actor.shared.link_id, shared_links.c.deleted_at.is_(None)
            )
            row = records.fetch_one(connection, query)
        if row is None:
            raise _ended()
        return row, self._still(row)

    def framers(self, token: str) -> Sequence[str]:
        """Origins whose pages may show this link in a frame: those the organization lists, for boards only."""
        try:
            actor = self.actor(token)
        except Unauthorized:
            return ()
        if actor.shared is None or actor.shared.kind != "board":
            return ()
        with self._meta.read() as connection:
            org = find_org(connection, actor.org_id) or {}
        return tuple(org.get("embed_origins") or ())

    # -- inside ----------------------------------------------------------------------------------------

    def _live(self, actor: Actor) -> sa.Select[Any]:
        return sa.select(shared_links).where(
            shared_links.c.org_id == actor.org_id, shared_links.c.deleted_at.is_(None)
        )

    def _require_allowed(self, actor: Actor) -> None:
        with self._meta.read() as connection:
            org = find_org(connection, actor.org_id)
        if org is None or not allows_public_links(org):
            raise Forbidden(
                f"Organization {actor.org_name!r} does not allow public links; an owner can, in its settings.",
                code="public_links_forbidden",
            )

    def _still(self, row: Record) -> Place:
        """What a stored link shows as far as its maker may share it now. Raises Unauthorized."""
        wanted = Wanted(
            object_type=row["object_type"],
            object_id=row["object_id"],
            root_span_id=row["root_span_id"],
            project_id=row["project_id"],
        )
        try:
            maker = self._auth.actor_for_member(row["org_id"], row["user_id"])
            place = self._place(maker, wanted)
        except AssayError:
            raise _ended() from None
        baselines: list[ObjectRef] = []
        for one in row["baseline_ids"] or ():
            try:
                baselines.append(self._sharable(maker, "experiment", one))
            except AssayError:  # deleted since: the experiment is shown without it
                continue
        return Place(place.kind, place.ref, tuple(baselines), place.view)

    def _place(self, actor: Actor, wanted: Wanted) -> Place:
        """Find what is to be shared. Raises NotFound, Forbidden and BadRequest."""
        if wanted.object_type == "view":
            return self._board(actor, wanted)
        ref = self._sharable(actor, wanted.object_type, wanted.object_id)
        if wanted.root_span_id:
            return Place("trace", ref)
        if wanted.object_type != "experiment":
            raise BadRequest(
                "Say which trace of the project's logs to share: give root_span_id.", code="trace_missing"
            )
        if len(wanted.baseline_ids) > MAX_BASELINES:
            raise BadRequest(
                f"{len(wanted.baseline_ids)} baselines are too many: give {MAX_BASELINES} at most.",
                code="too_many_baselines",
            )
        others = dict.fromkeys(self._sharable(actor, "experiment", one) for one in wanted.baseline_ids)
        return Place("experiment", ref, tuple(other for other in others if other != ref))

    def _board(self, actor: Actor, wanted: Wanted) -> Place:
        view = self._objects.get(actor, "view", wanted.object_id)
        if view["view_type"] != "monitor":
            raise BadRequest(
                f"View {view['name']!r} is no board of the monitor; only boards are shared.",
                code="not_a_board",
            )
        project = view["object_id"] if view["object_type"] == "project" else wanted.project_id
        if not project:
            raise BadRequest(
                "This board belongs to the organization: say whose logs to show with project_id.",
                code="project_missing",
            )
        return Place("board", self._sharable(actor, "project_logs", project), view=view)

    def _sharable(self, actor: Actor, kind: str, ref: str) -> ObjectRef:
        """An object that the actor may read, and give others access to."""
        self._objects.resolve(actor, kind, ref)
        return self._objects.resolve(actor, kind, ref, action="create_acls")


def _grants(place: Place) -> frozenset[Grant]:
    if place.ref.object_type == "project_logs":
        return frozenset({Grant("read", "project_log", place.ref.object_id)})
    shown = {Grant("read", "experiment", ref.object_id) for ref in (place.ref, *place.baselines)}
    # A comparison follows the project's settings: the project alone, nothing of what is in it.
    return frozenset({*shown, Grant("read", "project", place.ref.project_id, restrict_object_type="project")})


def _ended() -> Unauthorized:
    return Unauthorized(
        "This link does not work (any more); ask whoever sent it for a new one.", code="link_ended"
    )
