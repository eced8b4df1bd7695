"""Kill the server and its store, again and again, under load: what was acknowledged is there, once and whole."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import KEY, ServerProcess

ROUNDS = int(os.environ.get("KILL_ROUNDS", "20"))
SENDERS = 3
BACK_WITHIN = 10.0


class Load(threading.Thread):
    """Logs spans as SDKs do: a start row, later its end as a merge, both remembered only once acknowledged."""

    def __init__(self, server: ServerProcess, project: str, number: int) -> None:
        super().__init__(daemon=True)
        self.server, self.project, self.number = server, project, number
        self.started: set[str] = set()
        self.finished: set[str] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        batch = 0
        while not self.stop.is_set():
            ids = [f"{self.number}-{batch}-{n}" for n in range(10)]
            batch += 1
            fields = {"project_id": self.project, "log_id": "g"}
            starts = [
                {**fields, "id": i, "input": {"n": i}, "metrics": {"start": 1}, "metadata": {"a": {"s": i}}}
                for i in ids
            ]
            ends = [
                {
                    **fields,
                    "id": i,
                    "_is_merge": True,
                    "output": i,
                    "metrics": {"end": 2},
                    "metadata": {"a": {"e": i}},
                }
                for i in ids
            ]
            if self._post(starts):
                self.started.update(ids)
                if self._post(ends):
                    self.finished.update(ids)

    def _post(self, rows: list[dict[str, Any]]) -> bool:
        while not self.stop.is_set():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
                connection.request(
                    "POST", "/logs3", json.dumps({"rows": rows}), {"Authorization": f"Bearer {KEY}"}
                )
                status = connection.getresponse().status
                connection.close()
                if status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        return False


def verify(server: ServerProcess, project: str, loads: list[Load]) -> None:
    rows = server.sql(
        f"SELECT id, input, output, metrics, metadata FROM project_logs('{project}') LIMIT 1000000"
    )
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)), "a row appears twice"
    by_id = {row["id"]: row for row in rows}
    for load in loads:
        assert load.started <= by_id.keys(), "an acknowledged row is missing"
        for row_id in load.finished:
            row = by_id[row_id]
            assert row["output"] == row_id
            assert row["metrics"] == {"start": 1, "end": 2}
            assert row["metadata"] == {"a": {"s": row_id, "e": row_id}}
    assert all(row["input"] == {"n": row["id"]} for row in rows), "a half-merged row"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", ["server", "store"])
def test_nothing_acknowledged_is_lost(tmp_path: Path, victim: str) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    project = server.request("POST", "/v1/project", {"name": "kill"})["id"]
    loads = [Load(server, project, number) for number in range(SENDERS)]
    for load in loads:
        load.start()
    rnd = random.Random(victim)
    try:
        for _ in range(ROUNDS):
            time.sleep(rnd.uniform(0.2, 0.8))
            if victim == "server":
                server.kill()
                assert server.start() < BACK_WITHIN
            else:
                os.kill(server.store_pid(), signal.SIGKILL)
                began = time.monotonic()
                server.sql(f"SELECT count(*) FROM project_logs('{project}')")
                assert time.monotonic() - began < BACK_WITHIN
        for load in loads:
            load.stop.set()
        for load in loads:
            load.join(30)
        assert sum(len(load.finished) for load in loads) > ROUNDS * 10
        verify(server, project, loads)
        assert server.stop() == 0
        server.start()
        verify(server, project, loads)
    finally:
        for load in loads:
            load.stop.set()
        server.stop()
