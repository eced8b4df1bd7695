"""How a command ends when it cannot do what was asked."""

from __future__ import annotations

from typing import IO, Any, cast

import click

from assay.cli.output import colour_choice
from assay.core.errors import ApiError, AssayError, Unreachable

FAILED, NO_SERVER, GATE_FAILED, BUDGET_SPENT, INTERRUPTED = 1, 3, 4, 5, 130


class CommandFailed(click.ClickException):
    """Ends the command with one message on stderr; the message says what to do about it."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message."""
        text = f"{click.style('error:', fg='red', bold=True)} {self.format_message()}"
        click.echo(text, file=file, err=True, color=colour_choice())


class NoAccess(CommandFailed):
    """No server answers, or it does not let us in."""

    exit_code = NO_SERVER


class Interrupted(CommandFailed):
    """Ctrl-C."""

    exit_code = INTERRUPTED


def no_key(url: str) -> NoAccess:
    """There is no API key anywhere."""
    return NoAccess(
        f"no API key for {url}: run `assay login`, or set ASSAY_API_KEY "
        "(a new server writes its first key to owner.key in its data directory, .assay/data by default)"
    )


def failure_of(error: AssayError) -> CommandFailed:
    """The message and exit code for an error of the SDK."""
    if isinstance(error, Unreachable):
        return NoAccess(
            f"{error}\nIs the server running? `assay serve` starts one; --url or ASSAY_URL names another."
        )
    if isinstance(error, ApiError):
        text = "\n  ".join([str(error), *(str(problem) for problem in _row_errors(error))])
        if error.status == 401:
            text += "\nThe server does not know this API key: run `assay login` with a valid one."
        return (NoAccess if error.status in (401, 403) else CommandFailed)(text)
    return CommandFailed(str(error))


def _row_errors(error: ApiError) -> list[Any]:
    """What the server said about single rows."""
    found = error.details.get("rows")
    return cast("list[Any]", found) if isinstance(found, list) else []
