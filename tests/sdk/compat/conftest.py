"""The published SDK in an environment of its own, and one server for both."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.compat.rows import Row, stored
from tests.support.published import published_python
from tests.support.servers import KEY, ServerProcess, running_server

PROGRAMS = Path(__file__).parent / "programs"
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
def python(request: pytest.FixtureRequest) -> Path:
    """The interpreter that has the published SDK."""
    return published_python(request.config)


@pytest.fixture(scope="session")
def run(
    server: ServerProcess, python: Path, tmp_path_factory: pytest.TempPathFactory
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
            [python if sdk == THEIRS else sys.executable, PROGRAMS / f"{program}.py"],
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
