"""What is copied from a span runs: the call through the gateway, and the test made of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.servers import KEY
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "pages-copy-as"
WORDS = 'it\'s "quoted" \\ and $HOME `x` \u202e…'


@pytest.fixture
def copying(page: Page, site: Site) -> Page:
    """A page on a model call that the gateway recorded."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    body = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": WORDS}],
        "tools": [tool],
        "seed": 7,
    }
    site.server.request(
        "POST", "/v1/proxy/chat/completions", body, headers={"x-bt-parent": f"project_name:{PROJECT}"}
    )
    query = f"SELECT root_span_id FROM project_logs('{PROJECT}') LIMIT 1"
    root = site.server.request("POST", "/btql", {"query": query, "fmt": "json"})["data"][0]["root_span_id"]
    page.goto(f"/app/local/p/{PROJECT}/logs?r={root}&t=all")
    return page


def copied(page: Page, label: str) -> str:
    """Choose from the menu and read the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Copy span as code").click()
    page.get_by_role("menuitem", name=label).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    return page.evaluate("navigator.clipboard.readText()")


def run(*command: str, cwd: Path) -> str:
    """A program with the key of the server; its stdout."""
    environment = {**os.environ, "ASSAY_API_KEY": KEY}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_model_call_runs_again(copying: Page, tmp_path: Path) -> None:
    (tmp_path / "call.py").write_text(copied(copying, "Python"), encoding="utf-8")
    assert "quoted" in run(sys.executable, "call.py", cwd=tmp_path)
    curl = copied(copying, "curl")
    if shutil.which("curl"):
        answer = json.loads(run("sh", "-c", curl.replace("curl ", "curl -s ", 1), cwd=tmp_path))
        assert WORDS in answer["choices"][0]["message"]["content"]
    typescript = copied(copying, "TypeScript")
    assert '"name": "look"' in typescript
    assert "\u202e" not in typescript


def test_it_becomes_a_test_that_passes(copying: Page, tmp_path: Path) -> None:
    code = copied(copying, "pytest")
    (tmp_path / "test_call.py").write_text(code, encoding="utf-8")
    plain = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider")
    assert "1 passed" in run(sys.executable, "-m", "pytest", *plain, "test_call.py", cwd=tmp_path)
    case = copied(copying, "Evaluation")
    compile(case, "case.py", "exec")
    assert f'Eval(\n    "{PROJECT}"' in case
