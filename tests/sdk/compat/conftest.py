"""The published SDK in an environment of its own, and one server for both."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import pwd
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.compat.rows import Row, stored
from tests.support.servers import KEY, ServerProcess, running_server

PROGRAMS = Path(__file__).parent / "programs"
PUBLISHED = ("braintrust==0.47.0", "openai>=2.0")
OURS, THEIRS = "assay", "braintrust"


@dataclass(frozen=True)
class Run:
    """What one program printed, line by line, and what it left on the server, by object."""

    printed: list[dict[str, Any]]
    stored: dict[str, list[Row]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("compat") / "data") as made:
        yield made


@pytest.fixture(scope="session")
def published_python(request: pytest.FixtureRequest) -> Path:
    """The interpreter of a virtual environment with the published SDK, made once and kept in pytest's cache."""
    home = request.config.cache.mkdir("published-sdk")
    with (home / "lock").open("w") as lock:  # workers of one run would build it at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _environment(home)


def _environment(home: Path) -> Path:
    ready, python = home / "installed.txt", home / "venv" / "bin" / "python"
    wanted = "\n".join((*PUBLISHED, sys.version))
    if not ready.is_file() or ready.read_text() != wanted:
        venv.create(home / "venv", clear=True, with_pip=True)
        # The one place that may leave the machine: outside the guard, with the developer's own pip settings.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        environment["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
        command = [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--retries",
            "1",
            *PUBLISHED,
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"{PUBLISHED[0]} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        ready.write_text(wanted)
    return python


@pytest.fixture(scope="session")
def run(
    server: ServerProcess, published_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Run]:
    """Runs a program with one of the SDKs, in a project of its own."""

    @functools.cache  # a second run would add to what the first one left
    def start(program: str, sdk: str) -> Run:
        project = f"{program}-{sdk}"
        environment = os.environ | {
            "BRAINTRUST_API_KEY": KEY,
            "BRAINTRUST_API_URL": server.url,
            "BRAINTRUST_APP_URL": server.url,
            "COMPAT_SDK": sdk,
            "COMPAT_PROJECT": project,
        }
        done = subprocess.run(
            [published_python if sdk == THEIRS else sys.executable, PROGRAMS / f"{program}.py"],
            cwd=tmp_path_factory.mktemp(project),  # no git repository: its metadata is not what is compared
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{program} with {sdk}:\n{done.stdout}\n{done.stderr}"
        printed = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Run(printed, stored(server, project))

    return start
