"""One real server for the commands to talk to, and the commands as a user calls them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assay.cli.app import cli
from tests.support.servers import KEY, ServerProcess, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with an empty data directory, for the whole session."""
    with running_server(tmp_path_factory.mktemp("cli") / "data") as found:
        yield found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.out)


Assay = Callable[..., Outcome]


def run(*words: str | Path, stdin: str | bytes | None = None, **environment: str | None) -> Outcome:
    """Run one command line in this process."""
    done = CliRunner().invoke(
        cli, [str(word) for word in words], input=stdin, env=environment, prog_name="assay"
    )
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Outcome(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def assay(server: ServerProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Assay:
    """Runs commands against the server, logged in through the environment, with settings of their own."""
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", KEY)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert "BRAINTRUST_API_KEY" not in os.environ
    return run
