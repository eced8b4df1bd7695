"""Starts and stops the Assay server of the demo."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

FIRST_PORT = 8484
_READY_SECONDS = 60.0
_STOP_SECONDS = 15.0


class ServerFailed(Exception):
    """The server did not come up; the message ends with what it last said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, the owner's API key, where that is kept, and its process."""

    url: str
    api_key: str
    key_file: Path
    process: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None


@contextmanager
def demo_server(data: Path) -> Iterator[Server]:
    """Serve `data` on the first free port from 8484; stops the server and its children at the end.

    Raises ServerFailed when it is not ready within a minute, for instance because another one serves the same
    data, or when the data has no key of its own.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    for port in _free_ports():
        process = _start(data, port, log)
        try:
            url = _wait_until_ready(process, log)
            if url is not None:
                key_file = data / "owner.key"
                yield Server(url, _read_key(key_file), key_file, process)
                return
        finally:
            _stop(process)
    raise ServerFailed(f"no free port between {FIRST_PORT} and {FIRST_PORT + 99}")


def _start(data: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "assay_server.serve", "--data", str(data), "--host", "127.0.0.1"]
    # A key for automation would take the place of the one the server writes down for us.
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_BOOTSTRAP_KEY"}
    log.unlink(missing_ok=True)
    # The server says its key once, so what it says is for the owner alone.
    with open(log, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as output:
        # Its own session: Ctrl-C must reach the demo first, which then stops the server in order.
        return subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ServerFailed(
            f"{path} is missing: the data was made with a key given in ASSAY_BOOTSTRAP_KEY; choose another --data"
        ) from None


def _free_ports() -> Iterator[int]:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            # As servers do, or a port that was in use a moment ago would count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str | None:
    """The address the server says it is ready at, None when somebody else took its port meanwhile.

    Asking the port would not do: whoever took it may be another Assay server, on other data.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        stopped = process.poll() is not None  # asked first, so that its last words are in the log
        said = log.read_text(encoding="utf-8", errors="replace")
        if ready := re.search(r"^Assay is ready at (\S+)$", said, re.MULTILINE):
            return ready[1]
        if stopped and "cannot listen on" in said:
            return None
        if stopped:
            raise ServerFailed(f"the server stopped with code {process.returncode}:\n{_last_words(log)}")
        time.sleep(0.1)
    raise ServerFailed(f"the server was not ready after {_READY_SECONDS:g} s:\n{_last_words(log)}")


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, and end what is left of the whole session, so that no child outlives the demo."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
