"""The `assay` command. Everything is imported by the command that needs it, so `assay --help` stays quick."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit; see `assay.cli.app` for the exit codes."""
    try:
        from assay.cli.app import cli

        cli(prog_name="assay")
    except KeyboardInterrupt:  # before or after the command itself, which says so in its own way
        sys.stderr.write("error: interrupted\n")
        sys.exit(130)
