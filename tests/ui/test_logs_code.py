"""What a dialog would do to the selected rows, copied as code: run by itself it does the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.servers import KEY
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "copied actions"
LOGS = "/app/local/p/copied%20actions/logs"


@pytest.fixture
def project(site: Site) -> Iterator[str]:
    project = site.project(PROJECT, 4)
    yield project
    site.server.request("DELETE", f"/v1/project/{project}")


@pytest.fixture
def chosen(page: Page, project: str) -> Iterator[Page]:
    """The rows trace-001 and trace-002 are selected."""
    assert project
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(LOGS)
    for number in (1, 2):
        page.get_by_role("checkbox", name="Select row").nth(number).check()
    yield page
    page.goto("about:blank")


def copied(page: Page, item: str) -> str:
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def run(code: str, shell: str, cwd: Path) -> str:
    environment = {**os.environ, "ASSAY_API_KEY": KEY}
    done = subprocess.run(
        [shell, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ids(site: Site, project: str, where: str) -> list[str]:
    sql = f"SELECT id FROM project_logs('{project}') WHERE {where} ORDER BY id"
    return [row["id"] for row in site.server.request("POST", "/btql", {"query": sql, "fmt": "json"})["data"]]


def test_tagging_as_a_command(chosen: Page, site: Site, project: str, tmp_path: Path) -> None:
    chosen.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Tag").click()
    dialog = chosen.get_by_role("dialog")
    code = dialog.get_by_role("button", name="Copy as code")
    expect(code).to_be_disabled()
    dialog.get_by_label("Add").fill("it's odd")
    code.click()
    command = copied(chosen, "Copy as curl")
    assert ids(site, project, "tags INCLUDES 'it''s odd'") == []
    run(command.replace("curl ", "curl -sf ", 1), "sh", tmp_path)
    assert ids(site, project, "tags INCLUDES 'it''s odd'") == ["trace-001", "trace-002"]
    assert ids(site, project, "tags INCLUDES 'seed'") == [f"trace-00{n}" for n in range(4)]


def test_the_selected_rows_as_a_query(chosen: Page, tmp_path: Path) -> None:
    chosen.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Export").click()
    code = copied(chosen, "Copy as Python")
    said = run(f"{code}\nprint(sorted(row['id'] for row in rows))", sys.executable, tmp_path)
    assert said.strip() == "['trace-001', 'trace-002']"


def test_deleting_as_a_program(chosen: Page, site: Site, project: str, tmp_path: Path) -> None:
    chosen.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Delete").click()
    chosen.get_by_role("dialog").get_by_role("button", name="Copy as code").click()
    program = copied(chosen, "Copy as Python")
    chosen.goto("about:blank")
    before = ids(site, project, "true")
    run(program, sys.executable, tmp_path)
    gone = [one for one in before if one.startswith(("trace-001", "trace-002"))]
    assert len(gone) == 6
    assert ids(site, project, "true") == [one for one in before if one not in gone]
