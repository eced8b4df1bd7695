"""The published clients, unmodified, in throw-away environments kept in pytest's cache.

This is the one place of the suite that leaves the machine, and only while an environment does not have what is
pinned here. Where the registries cannot be reached, the tests that need a client are skipped with the reason.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.build_ui import BuildFailed, find_node

OTEL_OF_PYTHON = ("opentelemetry-sdk==1.45.2", "opentelemetry-exporter-otlp-proto-http==1.45.2")
PYTHON_PACKAGES = ("braintrust==0.48.1", "autoevals==0.4.1", "openai>=2.0", *OTEL_OF_PYTHON)
NODE_PACKAGES = ("braintrust@3.35.0", "autoevals@0.3.0", "@braintrust/bt-linux-x64@0.20.0")
NODE_TOOLS = (
    "tsx@4.23.15",  # what `bt eval` runs TypeScript with
    "@braintrust/otel@1.0.1",
    "@opentelemetry/api@1.9.1",
    "@opentelemetry/context-async-hooks@2.12.0",
    "@opentelemetry/core@2.12.1",
    "@opentelemetry/exporter-trace-otlp-http@0.223.1",
    "@opentelemetry/sdk-trace-base@2.12.1",
)
INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class NodeClients:
    """`modules` is a node_modules folder with the clients in it; `path` a PATH on which `node` is found."""

    modules: Path
    path: str

    @property
    def bt(self) -> Path:
        """The command-line client."""
        return self.modules / "@braintrust" / "bt-linux-x64" / "bin" / "bt"


def published_python(config: pytest.Config) -> Path:
    """The interpreter of a virtual environment with the Python clients."""
    home = config.cache.mkdir("published-sdk") if config.cache else pytest.skip("pytest runs without a cache")
    python = home / "venv" / "bin" / "python"
    with _once(home, (*PYTHON_PACKAGES, sys.version)) as missing:
        if missing:
            venv.create(home / "venv", clear=True, with_pip=True)
            options = ("-q", "--disable-pip-version-check", "--retries", "1")
            _install([str(python), "-m", "pip", "install", *options, *PYTHON_PACKAGES], home)
    return python


def published_node(config: pytest.Config) -> NodeClients:
    """The Node clients; skips where there is no Node, neither in the system nor as a wheel."""
    home = (
        config.cache.mkdir("published-node") if config.cache else pytest.skip("pytest runs without a cache")
    )
    try:
        node = find_node()
    except BuildFailed as error:
        pytest.skip(str(error))
    with _once(home, (*NODE_PACKAGES, *NODE_TOOLS, node.version)) as missing:
        if missing:
            (home / "package.json").write_text('{"private": true}\n')
            options = (
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--loglevel",
                "error",
                "--fetch-retries",
                "1",
            )
            _install([*node.npm, "install", *options, *NODE_PACKAGES, *NODE_TOOLS], home, {"PATH": node.path})
    return NodeClients(home / "node_modules", node.path)


@contextmanager
def _once(home: Path, wanted: Sequence[str]) -> Iterator[bool]:
    """Yields whether the environment must be made; notes that it was. Workers of one run wait for each other."""
    ready, text = home / "installed.txt", "\n".join(wanted)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not ready.is_file() or ready.read_text() != text
        yield missing
        if missing:
            ready.write_text(text)


def _install(command: Sequence[str], home: Path, more: Mapping[str, str] | None = None) -> None:
    """Run an installer outside the network guard, with the developer's own settings; skip when it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | dict(more or {})
    environment["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    try:
        done = subprocess.run(
            command,
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"the published clients were not installed within {INSTALL_SECONDS} s")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        pytest.skip(f"the published clients cannot be installed here: {lines[-1]}")
