"""The examples in docs/ do what the pages say, against a real server.

Of each page, `python` and `bash` fences run in order in one directory; a Python fence with `file=NAME` is
saved under that name instead. Other fences (`console`, `text`) are for reading.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.servers import KEY, ServerProcess

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("start", "logs", "datasets", "experiments")


@dataclass(frozen=True, slots=True)
class Fence:
    """One example: language, file name if it is to be saved, text."""

    language: str
    file: str | None
    text: str


def fences(page: str) -> list[Fence]:
    """The examples of a page that are meant to run."""
    found = re.findall(r"^```(python|bash)(?: file=(\S+))?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [Fence(language, file or None, text) for language, file, text in found]


def as_program(page: str) -> str:
    """The page as one Python program: shell examples become calls, files are written."""
    lines = ["import pathlib, subprocess"]
    for fence in fences(page):
        if fence.file:
            lines.append(f"pathlib.Path({fence.file!r}).write_text({fence.text!r}, encoding='utf-8')")
        elif fence.language == "bash":
            lines.append(f"subprocess.run(['bash', '-euo', 'pipefail', '-c', {fence.text!r}], check=True)")
        else:
            lines.append(fence.text)
    return "\n".join(lines)


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, tmp_path: Path, server: ServerProcess) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert len(fences(page)) > 2, "the page has lost its examples"
    environment = {
        **os.environ,
        "ASSAY_URL": server.url,
        "ASSAY_API_KEY": KEY,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [sys.executable, "-c", as_program(page)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n--- stderr\n{done.stderr}"
