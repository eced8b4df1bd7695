"""What this version does not do, asked for by each client's own command: the user reads the code and what to do."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import uv

from tests.compat.conftest import PROGRAMS, Client
from tests.support.bt import Bt
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

PROJECT = "refusals"
NOT_RUN, NO_BUNDLES = "Functions are stored, not run.", "Bundles of code cannot be uploaded."
NO_AUTOMATION, NO_TOPICS = "Automations are stored, not run.", "Topics are not found by this server."
BT = [
    (("functions", "invoke", "stored", "--input", "{}"), 3, NOT_RUN),
    (("scorers", "invoke", "stored", "--input", '{"output": 1}'), 3, NOT_RUN),
    (("functions", "push", "pushed.ts"), 1, NO_BUNDLES),
    (("topics", "config", "enable"), 3, NO_AUTOMATION),
    (("topics", "report", "stored"), 3, NO_TOPICS),
]
"""Arguments, exit status, what is said."""


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt], node: Client, server: ServerProcess) -> Bt:
    made = new_bt(PROJECT)
    body = {"project_id": made.project_id, "name": "stored", "slug": "stored", "function_type": "scorer"}
    server.request(
        "POST", "/v1/function", {**body, "function_data": {"type": "global", "name": "Factuality"}}
    )
    shutil.copy(PROGRAMS / "pushed.ts", made.folder)
    (made.folder / "node_modules").symlink_to(node.folder / "node_modules")
    return dataclasses.replace(made, environment={**made.environment, "PATH": node.environment["PATH"]})


@pytest.mark.parametrize(("command", "status", "said"), BT, ids=[" ".join(row[0][:3]) for row in BT])
def test_bt_says_the_code_and_what_to_do(bt: Bt, command: tuple[str, ...], status: int, said: str) -> None:
    printed = bt(*command, status=status)
    assert '"code":"not_built"' in printed
    assert said in printed


def test_pushing_code_is_refused_by_the_python_sdk(python: Client, tmp_path: Path) -> None:
    (tmp_path / "uv").symlink_to(Path(uv.__file__).parent)  # its command asks for this package first
    client = dataclasses.replace(python, environment={**python.environment, "PYTHONPATH": str(tmp_path)})
    printed = client.run("sh", "-c", f"{client.braintrust} push pushed.py 2>&1", project=PROJECT, status=1)
    assert '"code":"not_built"' in printed
    assert NO_BUNDLES in printed


def test_pushing_code_is_refused_by_the_node_sdk(node: Client) -> None:
    printed = node.run("sh", "-c", f"{node.braintrust} push pushed.ts 2>&1", project=PROJECT, status=1)
    assert '"code":"not_built"' in printed
    assert NO_BUNDLES in printed
