"""Every test gets its own server and its own SDK state, so nothing leaks between tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import assay
from assay.client.batcher import Limits
from assay.client.config import resolve_config
from assay.client.state import State, set_current_state
from assay.tracing.context import set_current_experiment, set_current_logger
from tests.sdk.tracing.support.server import KEY, LogServer, running_server


@pytest.fixture
def server() -> Iterator[LogServer]:
    """A running log server."""
    with running_server() as found:
        yield found


@pytest.fixture
def state(server: LogServer) -> Iterator[State]:
    """The process's state, pointed at the server, with a short gathering time."""
    config = resolve_config(api_key=KEY, api_url=server.url)
    found = State(config, limits=Limits(interval=0.02))
    before = set_current_state(found)
    yield found
    found.close(budget=2.0)
    set_current_state(before)
    set_current_logger(None)
    set_current_experiment(None)


@pytest.fixture
def logger(state: State) -> assay.Logger:
    """The current logger, of project `p`."""
    return assay.init_logger(project="p")
