"""The running parts of one server, built once in `app.py` and handed to routes as `request.app.state.services`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.engines.gateway.gateway import Gateway
    from assay_server.engines.ingest.ingest import Ingest
    from assay_server.engines.query.engine import QueryEngine
    from assay_server.features.experiments.held import HeldCases
    from assay_server.features.functions.service import FunctionService
    from assay_server.features.health.service import StoreProbe
    from assay_server.features.keys.service import AuthService
    from assay_server.features.notifications.service import Notifications
    from assay_server.features.projects.service import ObjectService
    from assay_server.features.retention.runner import RetentionRunner
    from assay_server.features.secrets.service import AiSecretService
    from assay_server.features.shared_links.service import SharedLinks
    from assay_server.features.sql.background import BackgroundQueries
    from assay_server.features.sql.runner import QueryRunner
    from assay_server.ports.blobs import BlobStore
    from assay_server.ports.bus import Bus
    from assay_server.ports.jobs import JobQueue
    from assay_server.ports.secrets import Secrets
    from assay_server.ports.spans import SpanStore
    from assay_server.settings import Settings


@dataclass(slots=True)
class Services:
    """What routes work with; see docs/design/001-architecture.md for who owns what."""

    settings: Settings
    meta: MetaStore
    secrets: Secrets
    jobs: JobQueue
    spans: SpanStore
    blobs: BlobStore
    ingest: Ingest
    query: QueryEngine
    background: BackgroundQueries
    query_runner: QueryRunner
    cases: HeldCases
    objects: ObjectService
    functions: FunctionService
    auth: AuthService
    shared_links: SharedLinks
    notifications: Notifications
    ai_secrets: AiSecretService
    gateway: Gateway
    bus: Bus
    store_probe: StoreProbe
    retention: RetentionRunner
