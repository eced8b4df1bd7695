"""Start a server for a measurement, talk to it, and describe the machine."""

from __future__ import annotations

import http.client
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

KEY = "bench-key-0123456789abcdef0123456789abcdef"
PACKAGES = ("assay-server", "chdb", "clickhouse-connect", "uvicorn", "msgspec", "sqlglot")


@dataclass
class Server:
    """A running server and its process tree."""

    port: int
    data: Path
    process: subprocess.Popen[str]

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One JSON request on a fresh connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(
            method, path, payload, {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]!r}")
        return json.loads(data)

    def tree(self) -> list[psutil.Process]:
        """The server's processes."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time used so far by the whole tree."""
        return sum(sum(p.cpu_times()[:2]) for p in self.tree())

    def memory_mb(self) -> float:
        """Resident memory of the whole tree."""
        return sum(p.memory_info().rss for p in self.tree()) / 2**20

    def disk_mb(self) -> float:
        """Size of the data directory."""
        return sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file()) / 2**20


@contextmanager
def running_server(data: Path | None = None) -> Iterator[Server]:
    """`assay serve` on a free port; the data directory is removed afterwards unless given."""
    folder = data or Path(tempfile.mkdtemp(prefix="assay-bench-"))
    command = [sys.executable, "-m", "assay_server.serve", "--data", str(folder), "--port", "0"]
    environment = {**os.environ, "ASSAY_BOOTSTRAP_KEY": KEY}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"the server did not start: {line!r}")
        port = int(line.split("http://", 1)[1].split("/")[0].split()[0].rsplit(":", 1)[1])
        yield Server(port, folder, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


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
