"""Kill the server, or its store, again and again under load, and measure how soon the service is back.

`python -m bench.recovery [--rounds 20]`. The load logs spans as SDKs do: a start row, later its end as a merge, each
remembered only once acknowledged. Afterwards each of these must be there, once and whole; `tests/e2e/test_kill.py`
runs the same rounds for that alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.server import KEY, Server, percentile, save

SENDERS = 3
Victim = Literal["server", "store"]


class Load(threading.Thread):
    """One sender; `started` and `finished` hold the ids of rows whose start and end were acknowledged."""

    def __init__(self, server: Server, project: str, number: int) -> None:
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
            if self._post(
                [self._row(i, input={"n": i}, metrics={"start": 1}, metadata={"a": {"s": i}}) for i in ids]
            ):
                self.started.update(ids)
                end: dict[str, Any] = {"_is_merge": True, "metrics": {"end": 2}}
                if self._post([self._row(i, output=i, metadata={"a": {"e": i}}, **end) for i in ids]):
                    self.finished.update(ids)

    def _row(self, row_id: str, **fields: Any) -> dict[str, Any]:
        return {"id": row_id, "project_id": self.project, "log_id": "g", **fields}

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds until the service answered again, per round, and what the load had acknowledged."""

    recovery: list[float]
    acknowledged: int


def run_rounds(folder: Path, victim: Victim, rounds: int) -> Outcome:
    """Kill `victim` `rounds` times under load, then verify. Raises AssertionError when a promise is broken."""
    server = Server(folder / "data")
    server.start()
    project = server.request("POST", "/v1/project", {"name": "kill"})["id"]
    loads = [Load(server, project, number) for number in range(SENDERS)]
    recovery: list[float] = []
    rnd = random.Random(victim)
    try:
        for load in loads:
            load.start()
        for _ in range(rounds):
            time.sleep(rnd.uniform(0.2, 0.8))
            recovery.append(_kill(server, project, victim))
        for load in loads:
            load.stop.set()
        for load in loads:
            load.join(30)
        _verify(server, project, loads)
        assert server.stop() == 0, "the server did not stop cleanly"
        server.start()
        _verify(server, project, loads)
        return Outcome(recovery, sum(len(load.started) + len(load.finished) for load in loads))
    finally:
        for load in loads:
            load.stop.set()
        server.stop()


def _kill(server: Server, project: str, victim: Victim) -> float:
    began = time.monotonic()
    if victim == "server":
        server.kill()
        server.start()
    else:
        os.kill(server.store_pid(), signal.SIGKILL)
    server.sql(f"SELECT count(*) FROM project_logs('{project}')")
    return time.monotonic() - began


def _verify(server: Server, project: str, loads: list[Load]) -> None:
    rows = server.sql(
        f"SELECT id, input, output, metrics, metadata FROM project_logs('{project}') LIMIT 1000000"
    )
    by_id = {row["id"]: row for row in rows}
    assert len(rows) == len(by_id), "a row appears twice"
    for load in loads:
        assert load.started <= by_id.keys(), "an acknowledged row is missing"
        for row_id in load.finished:
            row = by_id[row_id]
            found = (row["output"], row["metrics"], row["metadata"])
            assert found == (row_id, {"start": 1, "end": 2}, {"a": {"s": row_id, "e": row_id}}), (
                "a merge is missing"
            )
    assert all(row["input"] == {"n": row["id"]} for row in rows), "a half-merged row"


def main() -> int:
    """Both victims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    results: dict[str, Any] = {}
    for victim in ("server", "store"):
        with tempfile.TemporaryDirectory(prefix="assay-recovery-") as folder:
            outcome = run_rounds(Path(folder), victim, args.rounds)
        results[victim] = {
            "rounds": len(outcome.recovery), "writes_acknowledged": outcome.acknowledged, "writes_lost": 0,
            "back_after_s": {f"p{share * 100:g}": round(percentile(outcome.recovery, share), 2) for share in (0.5, 1)},
        }  # fmt: skip
    save("recovery", "python -m bench.recovery " + " ".join(sys.argv[1:]), results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
