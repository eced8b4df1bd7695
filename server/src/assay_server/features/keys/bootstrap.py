"""The first start: an organization, its owner, and a way in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay_server.features.keys.service import AuthService, key_is_known, new_key, store_key
from assay_server.features.orgs.service import create_org, first_org
from assay_server.features.users.service import add_user, first_owner

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.settings import Settings

ORG_NAME = "local"
OWNER_EMAIL = "owner@localhost"


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """What a start found or made.

    `created` says whether this was the first start; `api_key` is the key that was added by it (never one that
    existed before); `login_token` signs one browser in as the owner.
    """

    created: bool
    api_key: str | None
    login_token: str


def bootstrap(
    meta: MetaStore, settings: Settings, keep: Callable[[str], None] | None = None
) -> BootstrapResult:
    """Create the organization and its owner with an API key, unless an earlier start did.

    `settings.bootstrap_key` is the key when given; on a later start it is added when it is new. A key that
    was deleted stays deleted. A key made here is given to `keep` before it counts: a start that dies or fails in
    between is followed by another first start, and never leaves an owner whose key nobody knows.
    """
    with meta.begin() as connection:
        org = first_org(connection)
        created = org is None
        org = org or create_org(connection, ORG_NAME)
        owner = first_owner(connection, org["id"])
        owner = owner or add_user(connection, org["id"], OWNER_EMAIL, given_name="Owner", role="owner")
        key_id, key = None, settings.bootstrap_key
        if created and not key:
            key_id, key = new_key()
        added = bool(key) and not key_is_known(connection, key)
        if added:
            name = "first key" if created else "ASSAY_BOOTSTRAP_KEY"
            store_key(connection, org["id"], owner["id"], name, key, key_id=key_id)
        if key_id and keep is not None:
            keep(key)
    token = AuthService(meta).new_login_token(org["id"], owner["id"])
    return BootstrapResult(created, key if added else None, token)
