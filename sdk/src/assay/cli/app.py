"""The root of the command tree: lazy sub-commands and one translation of errors into exit codes.

Exit codes
    0    done
    1    the command failed: refused by the server, not found, cases of an evaluation raised
    2    the command line is wrong
    3    no server, or no access to it: unreachable, not logged in, key refused
    4    a gate failed: everything ran, and a condition of --fail-if is shown to hold
    5    a budget ended the evaluations before their cases did
    130  interrupted (Ctrl-C)
"""

from __future__ import annotations

import importlib
from typing import Any

import click

from assay.cli.failures import Interrupted, failure_of
from assay.cli.output import colour_choice
from assay.core.errors import AssayError

COMMANDS = {
    "serve": ("assay.cli.serve:serve", "Start the server: API, web UI and store in one go."),
    "login": ("assay.cli.login:login", "Save the server's address and an API key for later commands."),
    "logout": ("assay.cli.login:logout", "Forget the saved address and key."),
    "status": ("assay.cli.login:status", "Show which server is used, who you are there, and its health."),
    "projects": ("assay.cli.projects:projects", "List, create and delete projects."),
    "logs": ("assay.cli.logs:logs", "Look at the traces of a project."),
    "experiments": ("assay.cli.experiments:experiments", "List, view and compare experiments."),
    "datasets": ("assay.cli.datasets:datasets", "List, fill and read datasets."),
    "sql": ("assay.cli.sql:sql", "Query spans, experiments and datasets with SQL."),
    "eval": ("assay.cli.eval:evaluate", "Run the evaluations found in files and directories."),
    "capsule": ("assay.cli.capsule:capsule", "Keep an experiment in one file, read it and check it offline."),
    "import": ("assay.cli.imports:imports", "Copy what is on another server."),
    "sync": ("assay.cli.sync:sync", "Send what was logged while the server was away."),
}
"""Sub-command → where it lives, and its line in `assay --help` (so that help imports nothing)."""


class LazyCommands(click.Group):
    """A group that imports a sub-command when it is used, and turns errors into messages with exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of COMMANDS: the way a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one sub-command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of sub-commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line; Ctrl-C while it is read ends as it does later, not with click's exit code 1."""
        try:
            return super().make_context(*args, **options)
        except KeyboardInterrupt:
            raise Interrupted("interrupted") from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors become one line on stderr and the exit code that fits."""
        try:
            return super().invoke(ctx)
        except AssayError as error:
            raise failure_of(error) from error
        except (KeyboardInterrupt, click.Abort):
            raise Interrupted("interrupted") from None


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server or no access, 4 a gate failed, 130 interrupted.",
)
@click.version_option(package_name="assay", prog_name="assay")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Trace, evaluate and compare AI applications.

    Data goes to stdout, progress and notes to stderr; every command that prints data takes --json.
    ASSAY_URL and ASSAY_API_KEY choose the server and the key, before what `assay login` saved.
    NO_COLOR turns colours off, FORCE_COLOR turns them on.
    """
    ctx.color = colour_choice()
