"""Further people on a running server, put straight into its database: there is no sign-up."""

from __future__ import annotations

import secrets
from pathlib import Path

from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.authz import Role
from assay_server.features.keys.service import new_key, store_key
from assay_server.features.orgs.service import create_org, first_org
from assay_server.features.users.service import add_user
from assay_server.settings import Settings


def join(data: Path, role: Role, *, org: str | None = None) -> str:
    """The key of a new user, of a new organization if one is named."""
    meta = MetaStore(Settings(data=data).meta_url)
    with meta.begin() as connection:
        home = create_org(connection, org) if org else first_org(connection)
        assert home is not None
        email = f"{role}-{secrets.token_hex(4)}@{home['name']}.example"
        user = add_user(connection, home["id"], email, given_name=role, role=role)
        key_id, key = new_key()
        store_key(connection, home["id"], user["id"], "test", key, key_id=key_id)
    meta.close()
    return key
