"""A real `assay serve` in a process of its own, and a client that talks to it like any other."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

KEY = "test-key-0123456789abcdef0123456789abcdef0123"


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class ServerProcess:
    """Starts, kills and restarts one server on one data directory."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = 0
        self.greeting = ""
        self._environment = {**os.environ, "ASSAY_BOOTSTRAP_KEY": KEY, **environment}
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the API process."""
        assert self._process
        return self._process.pid

    def store_pid(self) -> int:
        """Process id of the store process."""
        for child in psutil.Process(self.pid).children(recursive=True):
            if any("adapters.spans.engine" in part for part in child.cmdline()):
                return child.pid
        raise LookupError("no store process")

    def start(self, timeout: float = 30) -> float:
        """Start and wait for the ready line; returns the seconds it took."""
        began = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "assay_server.serve",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
        ]
        log = open(self.data.parent / f"{self.data.name}.log", "ab")  # noqa: SIM115 the child keeps it
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        log.close()
        watchdog = threading.Timer(timeout, self._process.kill)
        watchdog.start()
        assert self._process.stdout
        self.greeting = self._process.stdout.readline()
        watchdog.cancel()
        if "http://" not in self.greeting:
            self._reap()
            raise RuntimeError(f"the server did not start; see {self.data.parent / self.data.name}.log")
        self.port = int(self.greeting.split("http://", 1)[1].split()[0].rstrip("/").rsplit(":", 1)[1])
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill the API process the hard way; its store process must follow by itself."""
        assert self._process
        self._process.kill()
        self._reap()

    def stop(self, timeout: float = 15) -> int:
        """Stop politely; returns the exit status."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._reap()

    def _reap(self) -> None:
        assert self._process
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = KEY,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """One request with a JSON (or bytes) body; raises Refused unless it answers 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            sent = {
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {key}"} if key else {}),
                **(headers or {}),
            }
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        parsed = json.loads(raw) if "json" in kind and "lines" not in kind and raw else raw
        if answer.status != 200:
            raise Refused(answer.status, parsed)
        return parsed

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Rows of one query."""
        return self.request("POST", "/btql", {"query": query, "fmt": "json"})["data"]


@contextmanager
def running_server(data: Path, **environment: str) -> Iterator[ServerProcess]:
    """A server for the duration of a test."""
    server = ServerProcess(data, **environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()
