"""Health of a real server: as it runs, with a store that hangs or died, and with requests that failed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay_server.http.errors import install_errors
from assay_server.http.middleware import install_middleware
from tests.support.people import join
from tests.support.servers import KEY, Refused, ServerProcess, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("health") / "data") as running:
        yield running


def health(server: ServerProcess, key: str = KEY) -> dict[str, Any]:
    return server.request("GET", "/v1/health", key=key)


def until(server: ServerProcess, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first health of which something holds, within a minute."""
    deadline = time.monotonic() + 60
    while not holds(found := health(server)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def check(found: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = [check for check in found["checks"] if check["name"] == name]
    return one


def test_a_server_that_runs(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "running"})["id"]
    server.request("POST", f"/v1/project_logs/{project}/insert", {"events": [{"input": "a"}]})
    assert server.sql("SELECT input FROM project_logs('running')") == [{"input": "a"}]
    found = health(server)
    assert found["store"]["state"] == "running"
    assert found["store"]["engine"].startswith("ClickHouse ")
    assert found["store"]["rows"] >= 1
    assert found["ingest"]["writing"]
    assert found["ingest"]["wal_segments"] >= 1
    assert found["server"]["revision"].isdigit()
    assert found["server"]["memory_bytes"] > 1 << 20
    assert found["store"]["memory_bytes"] > 1 << 20
    assert found["server"]["uptime_seconds"] > 0
    assert 0 < found["disk"]["free_bytes"] < found["disk"]["total_bytes"]
    assert found["disk"]["metadata_bytes"] > 0
    assert {one["name"] for one in found["checks"]} == {
        "ingest", "log", "rejected", "store", "restarts", "jobs", "disk", "errors",
    }  # fmt: skip


def test_health_is_for_owners(server: ServerProcess) -> None:
    for role in ("member", "viewer", "guest"):
        with pytest.raises(Refused) as refused:
            health(server, join(server.data, role))
        assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        server.request("GET", "/v1/health", key=None)
    assert refused.value.status == 401
    assert set(server.request("GET", "/health", key=None)["ingest"]) == {
        "writing", "acked_xact", "applied_xact", "queue_requests", "queue_bytes", "rows_known", "rows_rejected",
    }  # fmt: skip


def test_a_store_that_hangs_and_then_dies(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "hanging"})["id"]
    store = server.store_pid()
    os.kill(store, signal.SIGSTOP)
    try:
        server.request(
            "POST", f"/v1/project_logs/{project}/insert", {"events": [{"input": n} for n in "abc"]}
        )
        found = health(server)
        assert found["store"]["state"] == "unreachable"
        assert check(found, "store")["level"] == found["level"] == "problem"
        assert found["ingest"]["lag_rows"] == 3
        assert "3 acknowledged rows are not readable" in check(found, "ingest")["text"]
        assert health(server)["ingest"]["lag_seconds"] > found["ingest"]["lag_seconds"]
    finally:
        os.kill(store, signal.SIGKILL)
    found = until(server, lambda one: one["store"]["state"] == "running" and one["ingest"]["lag_rows"] == 0)
    assert found["store"]["restarts"] == 1
    assert check(found, "restarts")["level"] == "warning"
    assert "1 times" not in check(found, "restarts")["text"]
    assert len(server.sql("SELECT input FROM project_logs('hanging')")) == 3


def test_a_failed_request_is_remembered_without_what_it_said() -> None:
    app = FastAPI()
    install_errors(app)
    install_middleware(app)

    @app.get("/things/{name}")
    def break_(name: str) -> None:
        raise RuntimeError(f"the secret of {name}")

    client = TestClient(app)
    for n in range(101):
        answer = client.get(f"/things/mine?token=hush{n}", headers={"x-request-id": f"r{n}"})
        assert answer.status_code == 500
    held = app.state.failures.newest()
    assert [one.request_id for one in held] == [f"r{n}" for n in range(100, 0, -1)]
    first = held[0]
    assert (first.method, first.route, first.status, first.code) == ("GET", "/things/{name}", 500, "internal")
    assert "hush" not in repr(held)
    assert client.get("/nothing").status_code == 404
    assert app.state.failures.newest() == held
