"""`assay sync`: deliver what was logged while the server was away."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from assay.cli.failures import FAILED
from assay.cli.options import json_option, server_options
from assay.cli.output import emit_json, note
from assay.cli.server import Server


@click.group()
def sync() -> None:
    """Send what was logged while the server was away."""


@sync.command("push")
@click.argument("directory", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@server_options
@json_option
@click.pass_context
def push(ctx: click.Context, server: Server, directory: Path | None, as_json: bool) -> None:
    """Send the rows spooled in DIRECTORY (by default ~/.local/state/assay/spool).

    A file is removed once all its rows are settled; sending a row twice does no harm. Exits with 1 when rows
    were refused or could not be read.
    """
    from assay.client import offline

    report = offline.push(directory or offline.default_spool_dir(), server.transport)
    if as_json:
        emit_json(asdict(report))
    else:
        files = "1 file" if report.files == 1 else f"{report.files} files"
        note(f"sent {report.sent} rows from {files}")
        if report.rejected:
            note(f"the server refused {report.rejected} rows")
        if report.unreadable:
            note(f"{report.unreadable} lines could not be read")
    if report.rejected or report.unreadable:
        ctx.exit(FAILED)
