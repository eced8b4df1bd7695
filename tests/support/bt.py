"""The published command line `bt`, run in a project, a folder and a home of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 90


@dataclass(frozen=True)
class Bt:
    """`bt` as somebody uses it who works in one project; `project_id` is its id on the server."""

    binary: Path
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    project: str
    project_id: str

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """A running `bt`."""
        return subprocess.Popen(
            [self.binary, *arguments],
            cwd=self.folder,
            env=dict(options.pop("environment", self.environment)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(
        self,
        *arguments: str | Path,
        status: int = 0,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """One run; fails with what it printed unless it ends with `status`."""
        with self.start(*arguments, environment=environment or self.environment) as process:
            try:
                output, errors = process.communicate(stdin, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        command = " ".join(str(part) for part in arguments)
        assert process.returncode == status, f"bt {command} → {process.returncode}:\n{output}\n{errors}"
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def __call__(self, *arguments: str | Path, **options: Any) -> str:
        """All that one run printed, standard error after output."""
        done = self.run(*arguments, **options)
        return done.stdout + done.stderr

    def json(self, *arguments: str | Path, **options: Any) -> Any:
        """What one run with --json printed as its result."""
        return json.loads(self.run(*arguments, "--json", **options).stdout)

    def without_key(self) -> dict[str, str]:
        """The environment of somebody who relies on a saved login."""
        return {name: value for name, value in self.environment.items() if name != "BRAINTRUST_API_KEY"}

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path
