"""Two real servers: one that is full, one to copy to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sdk.cli.conftest import Outcome, run
from tests.sdk.imports.world import World, fill
from tests.support.proxy import Proxy, proxy
from tests.support.servers import KEY, ServerProcess, running_server

Importer = Callable[..., Outcome]


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, World]]:
    """The server to copy from. Tests read it only."""
    with running_server(tmp_path_factory.mktemp("full") / "data") as server:
        yield server, fill(server)


@pytest.fixture(scope="session")
def source(full: tuple[ServerProcess, World]) -> ServerProcess:
    return full[0]


@pytest.fixture(scope="session")
def world(full: tuple[ServerProcess, World]) -> World:
    return full[1]


@pytest.fixture(scope="session")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server to copy to for tests that look at what they put there and at nothing else."""
    with running_server(tmp_path_factory.mktemp("spare") / "data") as server:
        yield server


@pytest.fixture
def target(tmp_path: Path) -> Iterator[ServerProcess]:
    """An empty server to copy to."""
    with running_server(tmp_path / "target") as server:
        yield server


@pytest.fixture
def untouched(spare: ServerProcess) -> Iterator[Proxy]:
    """A server to copy to, to which nothing may be written."""
    with proxy(spare.port) as made:
        yield made
    assert made.requests
    assert {path for method, path in made.requests if method != "GET"} <= {"/btql", "/api/apikey/login"}


@pytest.fixture
def importer(source: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """`importer(target URL, option…)` runs the command in this process, with a state of this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def copy(to: str, *options: str | Path, url: str = "", key: str = KEY) -> Outcome:
        words = ("import", "braintrust", "--from-url", url or source.url, "--json", *options)
        return run(*words, ASSAY_URL=to, ASSAY_API_KEY=KEY, ASSAY_IMPORT_KEY=key)

    return copy
