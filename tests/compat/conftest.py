"""The published clients against one server: what each saw, for tests that ask the server the same by other ways."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.bt import Bt
from tests.support.published import NodeClients, published_node, published_python
from tests.support.servers import KEY, ServerProcess, running_server

PROGRAMS = Path(__file__).parent / "programs"
PYTHON, NODE = "python", "node"
MAX_BODY = 1 << 20  # small, so that a large row takes the way through an upload


@dataclass(frozen=True)
class Client:
    """One published SDK: runs programs and its command line in a folder of its own, which holds `programs/`."""

    name: str
    folder: Path
    interpreter: str
    suffix: str
    braintrust: str
    environment: Mapping[str, str]

    def run(self, *command: str | Path, project: str, status: int = 0) -> str:
        """Standard output of a command; fails with all it printed when it does not end with `status`."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, "COMPAT_PROJECT": project},
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )
        assert done.returncode == status, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def eval(self, *arguments: str, project: str, status: int = 0) -> str:
        """What `braintrust eval` prints."""
        return self.run(self.braintrust, "eval", *arguments, project=project, status=status)


@dataclass(frozen=True)
class Day:
    """What one SDK saw in a program: the values it printed, and the project it worked in."""

    client: str
    project: str
    seen: dict[str, Any] = field(hash=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = {
        "ASSAY_MAX_BODY": str(MAX_BODY),
        "ASSAY_SCENARIOS": str(PROGRAMS / "scenarios"),
        "ASSAY_STRICT_SPANS": "2000",
    }
    with running_server(tmp_path_factory.mktemp("compat") / "data", **settings) as made:
        yield made


@pytest.fixture(scope="session")
def environment(server: ServerProcess) -> dict[str, str]:
    """What a team sets to move over, and nothing else."""
    return os.environ | {
        "BRAINTRUST_API_KEY": KEY,
        "BRAINTRUST_API_URL": server.url,
        "BRAINTRUST_APP_URL": server.url,
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="session")
def python(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Client:
    interpreter = published_python(request.config)
    folder = tmp_path_factory.mktemp("python")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    return Client(
        PYTHON,
        folder,
        str(interpreter),
        ".py",
        str(interpreter.parent / "braintrust"),
        environment,
    )


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> NodeClients:
    return published_node(request.config)


@pytest.fixture(scope="session")
def node(
    packages: NodeClients, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Client:
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(packages.modules)
    cli = packages.modules / ".bin" / "braintrust"
    return Client(
        NODE,
        folder,
        "node",
        ".mjs",
        str(cli),
        environment | {"PATH": packages.path},
    )


@pytest.fixture(scope="session", params=[PYTHON, NODE])
def client(request: pytest.FixtureRequest) -> Client:
    """Either SDK."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def ran(client: Client) -> Callable[[str], Day]:
    """Runs a program of `programs/` once with each SDK, in a project of its own."""

    @cache
    def run(program: str) -> Day:
        project = f"{program} of {client.name}"
        seen: dict[str, Any] = {}
        printed = client.run(client.interpreter, f"{program}{client.suffix}", project=project)
        for line in printed.splitlines():
            if line.startswith("{"):
                seen |= json.loads(line)
        return Day(client.name, project, seen)

    return run


@pytest.fixture(scope="session")
def new_bt(
    packages: NodeClients,
    environment: dict[str, str],
    server: ServerProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Bt]:
    """Makes a project of that name, and a `bt` that works in it: with a folder and a home of its own."""

    def make(project: str) -> Bt:
        project_id = server.request("POST", "/v1/project", {"name": project})["id"]
        folder = tmp_path_factory.mktemp("bt")
        (folder / "home").mkdir()
        settings = {
            "HOME": str(folder / "home"),
            "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
            "BRAINTRUST_DEFAULT_PROJECT": project,
            "BRAINTRUST_NO_INPUT": "1",
            "BRAINTRUST_NO_COLOR": "1",
        }
        return Bt(packages.bt, environment | settings, folder, project, project_id)

    return make
