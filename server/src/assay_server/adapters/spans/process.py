"""Keeps the store process alive: spawn, wait until ready, restart on death, stop cleanly."""

from __future__ import annotations

import logging
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path

log = logging.getLogger(__name__)

MAX_BACKOFF = 5.0


class StoreProcess:
    """Owns the embedded engine's process and the socket it serves.

    The listening socket belongs to this side, so the address is fixed for life and connections made while the engine
    restarts wait in the backlog.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.password = secrets.token_urlsafe(24)
        self.restarts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._child: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._failed: str | None = None
        self._keeper = threading.Thread(target=self._keep, name="store-keeper", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process id of the engine, None while it is down."""
        child = self._child
        return child.pid if child and child.poll() is None else None

    def start(self, timeout: float = 30.0) -> None:
        """Spawn the engine and wait until it serves. Raises RuntimeError with the reason when it does not."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._keeper.start()
        if not self._ready.wait(timeout):
            raise RuntimeError(self._failed or f"the store process was not ready within {timeout:.0f} s")

    def stop(self, timeout: float = 8.0) -> None:
        """Ask the engine to close; kill it when it does not within `timeout` seconds."""
        self._stopping.set()
        child = self._child
        if child and child.poll() is None:
            try:
                assert child.stdin
                child.stdin.write("stop\n")
                child.stdin.flush()
                child.wait(timeout)
            except (OSError, subprocess.TimeoutExpired):
                child.kill()
                child.wait()
        self._listener.close()

    def _keep(self) -> None:
        backoff = 0.1
        while not self._stopping.is_set():
            served = self._run_once()
            if self._stopping.is_set():
                return
            self.restarts += 1
            # One that served opens again; waiting helps only where opening itself fails.
            backoff = 0.1 if served else min(backoff * 2, MAX_BACKOFF)
            log.warning(
                "the store process died; restarting it in %.1f s (restart %d)", backoff, self.restarts
            )
            self._stopping.wait(backoff)

    def _run_once(self) -> bool:
        """One life of the engine; whether it came as far as to serve."""
        fd = self._listener.fileno()
        command = [
            sys.executable,
            "-m",
            "assay_server.adapters.spans.engine",
            "--path",
            str(self.path),
            "--fd",
            str(fd),
        ]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, pass_fds=(fd,), process_group=0, **pipes) as child:
            self._child = child
            assert child.stdin
            assert child.stdout
            try:
                child.stdin.write(self.password + "\n")
                child.stdin.flush()
            except BrokenPipeError:
                log.warning("the store process died before it could be given its password")
            if child.stdout.readline().strip() == "ready":
                self._ready.set()
                child.wait()
                return True
            self._failed = f"the store process ended with status {child.wait()} while opening {self.path}"
            return False
