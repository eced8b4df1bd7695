"""`assay eval --watch`: the same command again after each change, in a process of its own.

A fresh process sees every changed module; reloading inside one would not.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from assay.cli.output import note

POLL = 0.5
"""Seconds between two looks at the files."""

WATCHED = frozenset({".py", ".json", ".jsonl", ".csv", ".yaml", ".yml", ".toml", ".txt", ".md", ".mustache"})
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})

Stamps = dict[Path, tuple[int, int]]


def run_on_change(paths: Iterable[Path]) -> None:
    """Run this process's command line without --watch, now and after every change, until Ctrl-C."""
    places = list(paths)
    command = [sys.executable, "-m", "assay", *(word for word in sys.argv[1:] if word != "--watch")]
    while True:
        before = stamps(places)
        # Ctrl-C reaches the child too; a partial run is then reported before this process ends.
        subprocess.run(command, check=False)
        note(f"waiting for a change in {len(before)} files (Ctrl-C stops)")
        while stamps(places) == before:
            time.sleep(POLL)


def stamps(places: Iterable[Path]) -> Stamps:
    """Time and size of what an evaluation may depend on: files below directories, and beside a file."""
    found: Stamps = {}
    for place in places:
        files = _below(place) if place.is_dir() else place.parent.iterdir()
        for path in files:
            if path.suffix in WATCHED or path == place:
                try:
                    state = path.stat()
                except OSError:  # gone between listing and looking
                    continue
                found[path] = (state.st_mtime_ns, state.st_size)
    return found


def _below(directory: Path) -> Iterable[Path]:
    for path in directory.iterdir():
        if path.is_dir():
            if not path.name.startswith(".") and path.name not in SKIPPED:
                yield from _below(path)
        else:
            yield path
