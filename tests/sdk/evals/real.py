"""Evaluations in processes of their own, against a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.client.config import Config
from assay.client.state import State
from tests.support.servers import KEY, ServerProcess


def environment(server: ServerProcess, folder: Path) -> dict[str, str]:
    """The environment of a program that records on this server and caches in this folder."""
    return {
        **os.environ,
        "ASSAY_URL": server.url,
        "ASSAY_API_KEY": KEY,
        "ASSAY_CACHE_DIR": str(folder / "cache"),
    }


def assay_eval(
    server: ServerProcess, folder: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`assay eval eval_it.py …` in a folder; raises when it does not end within two minutes."""
    return subprocess.run(
        [sys.executable, "-m", "assay", "eval", "eval_it.py", "--json", *words],
        cwd=folder,
        env={**environment(server, folder), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def recording_on(server: ServerProcess) -> Iterator[State]:
    """A connection of this process to the server."""
    state = State(Config(url=server.url, app_url=server.url, api_key=KEY, org_name=None))
    try:
        yield state
    finally:
        state.close()


def executed(folder: Path) -> list[str]:
    """What tasks and scorers noted in `calls.txt`, one line a call."""
    path = folder / "calls.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def rows(server: ServerProcess, experiment_id: str) -> list[dict[str, Any]]:
    """Every live row of an experiment."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = server.request(
            "POST",
            f"/v1/experiment/{experiment_id}/fetch",
            {"limit": 1000, **({"cursor": cursor} if cursor else {})},
        )
        found += page["events"]
        cursor = page.get("cursor")
        if not cursor or not page["events"]:
            return found
