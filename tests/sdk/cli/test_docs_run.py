"""The examples in docs/ do what the pages say, against a real server.

Of each page, `python` and `bash` fences run in order in one directory; a Python fence with `file=NAME` is saved
under that name instead. Other fences (`console`, `text`) are for reading.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
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


def steps(page: str) -> Iterator[tuple[str, str]]:
    """What to run: `(program, script)`. Python fences of a page share one module, as a reader's session would."""
    session = ""
    for fence in fences(page):
        if fence.file:
            yield "save", f"{fence.file}\n{fence.text}"
        elif fence.language == "bash":
            yield "bash", fence.text
        else:
            yield "python", session + fence.text
            session += fence.text


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, tmp_path: Path, server: ServerProcess) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    environment = {
        **os.environ,
        "ASSAY_URL": server.url,
        "ASSAY_API_KEY": KEY,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    ran = 0
    for program, script in steps(page):
        if program == "save":
            file, text = script.split("\n", 1)
            (tmp_path / file).write_text(text, encoding="utf-8")
            continue
        command = (
            ["bash", "-euo", "pipefail", "-c", script]
            if program == "bash"
            else [sys.executable, "-c", script]
        )
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{script}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
        ran += 1
    assert ran > 0, "the page has no example that runs"
