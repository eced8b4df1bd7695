"""Start a server for a measurement, watch what it uses, and describe the machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.support.servers import KEY, ServerProcess

__all__ = ["KEY", "Server", "machine", "percentile", "running_server", "save"]

PACKAGES = ("assay-server", "chdb", "clickhouse-connect", "uvicorn", "msgspec", "sqlglot")


class Server(ServerProcess):
    """A server whose use of the machine is watched; figures are for the whole process tree."""

    def tree(self) -> list[psutil.Process]:
        """The server's processes."""
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        return sum(sum(p.cpu_times()[:2]) for p in self.tree())

    def memory_mb(self) -> float:
        """Resident memory."""
        return sum(p.memory_info().rss for p in self.tree()) / 2**20

    def disk_mb(self) -> float:
        """Size of the data directory."""
        return sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file()) / 2**20


@contextmanager
def running_server(data: Path | None = None) -> Iterator[Server]:
    """`assay serve` on a free port; its data directory goes away afterwards unless it is named."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        server = Server(data or Path(folder) / "data")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def machine() -> dict[str, Any]:
    """What the figures depend on: versions, cores and the load at this moment."""
    began = time.perf_counter()
    spun = time.thread_time()
    while time.perf_counter() - began < 0.2:
        pass
    available = (time.thread_time() - spun) / (time.perf_counter() - began)
    return {
        "python": platform.python_version(), "cores": os.cpu_count(), "load": [round(x, 2) for x in os.getloadavg()],
        "core_available": round(available, 2), "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def save(name: str, command: str, result: dict[str, Any]) -> None:
    """Write the result file next to the benchmark and print it."""
    path = Path(__file__).parent / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"command": command, "machine": machine(), **result}, indent=2)
    path.write_text(text + "\n")
    print(text)
