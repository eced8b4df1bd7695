"""A server with the object and credential routes over a real metadata database, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay.core.ids import XactClock
from assay_server.adapters.bus.memory import MemoryBus
from assay_server.adapters.meta.store import MetaStore
from assay_server.adapters.secrets.local import LocalSecrets
from assay_server.app import KINDS, ROUTERS
from assay_server.engines.authz import Role
from assay_server.engines.gateway.gateway import Gateway, GatewaySettings
from assay_server.features.functions.service import FunctionService
from assay_server.features.keys.bootstrap import BootstrapResult, bootstrap
from assay_server.features.keys.service import AuthService, new_key, store_key
from assay_server.features.notifications.service import Notifications
from assay_server.features.orgs.service import create_org, first_org
from assay_server.features.projects.service import ObjectService
from assay_server.features.secrets.service import AiSecretService
from assay_server.features.users.service import add_user
from assay_server.http.errors import install_errors
from assay_server.http.middleware import install_middleware
from assay_server.settings import Settings

BASE_URL = "http://127.0.0.1:8484"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def meta(settings: Settings) -> Iterator[MetaStore]:
    store = MetaStore(settings.meta_url)
    store.start()
    yield store
    store.close()


@pytest.fixture
def first(meta: MetaStore, settings: Settings) -> BootstrapResult:
    return bootstrap(meta, settings)


@pytest.fixture
def app(meta: MetaStore, settings: Settings, first: BootstrapResult) -> FastAPI:
    """The routes of a server, with the services that objects need; `first` made the organization and its owner."""
    app = FastAPI(title="objects")
    cipher = LocalSecrets.from_settings(settings.data / "secret.key")
    ai_secrets = AiSecretService(meta, cipher)
    objects = ObjectService(meta, KINDS)
    app.state.services = SimpleNamespace(
        settings=settings,
        meta=meta,
        objects=objects,
        functions=FunctionService(objects, XactClock()),
        notifications=Notifications(meta, objects),
        auth=AuthService(meta),
        bus=MemoryBus(),
        secrets=cipher,
        ai_secrets=ai_secrets,
        gateway=Gateway(GatewaySettings(), ai_secrets.credential),
    )
    install_errors(app)
    install_middleware(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


@pytest.fixture
def visit(app: FastAPI) -> Callable[..., TestClient]:
    """`visit(key=None, cookies=None)`: a new client, with an API key or cookies when given."""

    def visit_as(key: str | None = None, *, cookies: dict[str, str] | None = None) -> TestClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return TestClient(app, base_url=BASE_URL, headers=headers, cookies=cookies)

    return visit_as


@pytest.fixture
def api(visit: Callable[..., TestClient], first: BootstrapResult) -> TestClient:
    """The owner, with the first API key."""
    return visit(first.api_key)


@pytest.fixture
def browser(visit: Callable[..., TestClient], first: BootstrapResult) -> TestClient:
    """The owner, signed in with a session cookie."""
    client = visit()
    assert client.post("/api/session/login", json={"token": first.login_token}).status_code == 200
    return client


@pytest.fixture
def join(visit: Callable[..., TestClient], meta: MetaStore) -> Callable[..., TestClient]:
    """`join(role, org=None)`: a client with the key of a new user, in a new organization if one is named."""

    def join_as(role: Role, *, org: str | None = None) -> TestClient:
        with meta.begin() as connection:
            home = create_org(connection, org) if org else first_org(connection)
            assert home is not None
            email = f"{role}@{home['name']}.example"
            user = add_user(connection, home["id"], email, given_name=role, role=role)
            key_id, key = new_key()
            store_key(connection, home["id"], user["id"], "test", key, key_id=key_id)
        return visit(key)

    return join_as
