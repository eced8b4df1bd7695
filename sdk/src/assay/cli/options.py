"""Options that several commands share."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from assay.cli.server import Server

AnyFunction = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

project_option = click.option(
    "-p",
    "--project",
    required=True,
    envvar=["ASSAY_PROJECT", "BRAINTRUST_PROJECT"],
    help="Project, by name or id (ASSAY_PROJECT).",
)

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def server_options(command: AnyFunction) -> AnyFunction:
    """Add --url and --api-key; the command gets a `Server` as its first argument."""

    @click.option("--url", help="Server (ASSAY_URL, else the saved one, else http://127.0.0.1:8484).")
    @click.option("--api-key", help="API key (better: ASSAY_API_KEY or `assay login`).")
    @functools.wraps(command)
    def with_server(*args: Any, url: str | None, api_key: str | None, **options: Any) -> Any:
        return command(Server.from_settings(url=url, api_key=api_key), *args, **options)

    return with_server


def limit_option(default: int) -> Callable[[AnyFunction], AnyFunction]:
    """`-n/--limit`: how many rows at most."""
    return click.option(
        "-n",
        "--limit",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="At most this many.",
    )


def confirm_delete(what: str, *, yes: bool) -> None:
    """Ask before deleting.

    Raises UsageError when there is nobody to ask, Abort when the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"deleting {what} needs --yes when there is no terminal to ask on")
    click.confirm(f"Delete {what}?", abort=True, err=True)
