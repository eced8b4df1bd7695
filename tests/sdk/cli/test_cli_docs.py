"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from assay.cli.app import COMMANDS

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    script = ROOT / "scripts" / "gen_cli_docs.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_every_command_has_a_section() -> None:
    headings = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").splitlines()
    missing = [name for name in COMMANDS if f"## `assay {name}`" not in headings]
    assert missing == []
