"""The `assay` command. Everything is imported by the command that needs it, so `assay --help` stays quick."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit; see `assay.cli.app` for the exit codes."""
    from assay.cli.app import cli

    cli(prog_name="assay")
