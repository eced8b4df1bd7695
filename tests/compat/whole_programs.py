"""Whole programs for the published Python SDK, and what REST says of what they left behind."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.compat.conftest import PROGRAMS
from tests.support.published import published_python
from tests.support.servers import KEY, ServerProcess

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Runner:
    """Runs the programs with the published Python SDK."""

    interpreter: Path
    folder: Path
    environment: dict[str, str]

    def run(self, program: str, *arguments: str | Path, project: str = "", stdin: str = "") -> dict[str, Any]:
        """What a program reported: the JSON objects it printed, as one."""
        done = subprocess.run(
            [self.interpreter, program, *arguments],
            cwd=self.folder,
            env={**self.environment, "COMPAT_PROJECT": project},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )
        assert done.returncode == 0, f"{program}:\n{done.stdout}\n{done.stderr}"
        seen: dict[str, Any] = {}
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                seen |= json.loads(line)
        return seen


def make_runner(config: pytest.Config, environment: dict[str, str], folder: Path) -> Runner:
    """A runner in a copy of the programs, whose model calls go to the gateway."""
    gateway = f"{environment['BRAINTRUST_API_URL']}/v1/proxy"
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    more = {"OPENAI_BASE_URL": gateway, "OPENAI_API_KEY": KEY, "BRAINTRUST_PROXY_API_BASE": gateway}
    return Runner(published_python(config), folder, environment | more)


def fetch(server: ServerProcess, kind: str, object_id: str) -> Rows:
    """Every row of an object through REST, page by page."""
    rows: Rows = []
    cursor: str | None = None
    while True:
        page = server.request("POST", f"/v1/{kind}/{object_id}/fetch", {"limit": 200, "cursor": cursor})
        rows += page["events"]
        cursor = page["cursor"]
        if not cursor:
            return rows
