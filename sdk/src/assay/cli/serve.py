"""`assay serve`: start the server that the other wheel brings."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.failures import CommandFailed


@click.command(epilog="Stop it with Ctrl-C or SIGTERM: it finishes what it accepted, then exits.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data directory (ASSAY_DATA, else .assay/data), created when missing.",
)
@click.option(
    "--host",
    help="Address to listen on (ASSAY_HOST, else 127.0.0.1); anything but loopback exposes the server.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on (ASSAY_PORT, else 8484); 0 picks a free one.",
)
@click.option("--public-url", help="Base of printed links, when a proxy stands in front.")
def serve(data: Path | None, host: str | None, port: int | None, public_url: str | None) -> None:
    """Start the server: API, web UI and store in one go.

    The first start creates the owner, writes an API key to owner.key in the data directory (readable by you
    only) and prints a one-time link for the browser.
    """
    try:
        # The server is checked on its own; here only its one entry point matters.
        from assay_server.serve import main  # pyright: ignore[reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        if error.name not in ("assay_server", "assay_server.serve"):
            raise
        raise CommandFailed('the server is not installed: run `pip install "assay[server]"`') from error
    arguments: list[str] = []
    for name, value in (("--data", data), ("--host", host), ("--port", port), ("--public-url", public_url)):
        if value is not None:
            arguments += [name, str(value)]
    raise click.exceptions.Exit(main(arguments) or 0)
