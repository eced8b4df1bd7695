"""One embedded store with the small world in it, shared by the query tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assay_server.engines.query import QueryEngine
from assay_server.ports.spans import SpanStore
from tests.server.query import small_world
from tests.server.query.query_world import Catalog, Grants
from tests.support.servers import ServerProcess, running_server
from tests.support.stores import embedded_store


async def caught_up() -> None:
    """The barrier of a store that is written before it is read."""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpanStore]:
    """The small world in a real engine, in its own process."""
    found = embedded_store(tmp_path_factory.mktemp("query") / "spans")
    found.start()
    try:
        rows = list(small_world.lines())
        for part in range(0, len(rows), 7):  # several parts, so that merging by FINAL has something to do
            found.insert(rows[part : part + 7])
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def engine(store: SpanStore) -> QueryEngine:
    """The engine as Alice's server would build it."""
    return QueryEngine(store, Grants(), caught_up, catalog=Catalog())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A whole server, shared: each test has a project of its own."""
    with running_server(tmp_path_factory.mktemp("query-server") / "data") as made:
        yield made
