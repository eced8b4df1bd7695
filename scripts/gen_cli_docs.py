"""Write docs/cli.md from the commands themselves; `--check` only says whether it is up to date."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from assay.cli.app import COMMANDS, cli

TARGET = Path(__file__).parents[1] / "docs" / "cli.md"

INTRODUCTION = """\
# The `assay` command

<!-- Written by scripts/gen_cli_docs.py from the commands: change them, then run it again. -->

`pip install assay` brings the command; `pip install "assay[server]"` adds what `assay serve` starts.

- Data goes to **stdout**, progress and notes to **stderr**. `--json` turns data into JSON.
- The server is chosen by `--url`, then `ASSAY_URL`, then what `assay login` saved, then `http://127.0.0.1:8484`;
  the key by `--api-key`, then `ASSAY_API_KEY`, then what `assay login` saved.
- `-p/--project` may be left out where `ASSAY_PROJECT` is set.
- Tables fit the terminal; piped into a file or another program they are complete.
- `NO_COLOR` turns colours off, `FORCE_COLOR` turns them on.

| exit code | meaning |
|--:|---|
| 0 | done |
| 1 | the command failed: refused by the server, not found, cases of an evaluation raised |
| 2 | the command line is wrong |
| 3 | no server, or no access to it: unreachable, not logged in, key refused |
| 4 | a [gate](ci.md) failed: everything ran, and a condition of `--fail-if` is shown to hold |
| 5 | a budget ended the evaluations before their cases did (`assay eval --budget`) |
| 130 | interrupted (Ctrl-C) |
"""


def main() -> int:
    """Write the page, or with --check compare; 1 when they differ."""
    text = page()
    if "--check" in sys.argv[1:]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("docs/cli.md is out of date: run scripts/gen_cli_docs.py", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    """The whole page."""
    root = click.Context(cli, info_name="assay")
    sections = [INTRODUCTION]
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None, f"{name} is listed but cannot be imported"
        sections += _sections(command, click.Context(command, info_name=name, parent=root))
    return "\n".join(sections)


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    """One section for a command; a group is followed by one for each of its commands."""
    level = "##" if context.parent and context.parent.parent is None else "###"
    yield f"{level} `{context.command_path}`\n\n{_body(command, context)}"
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _sections(child, click.Context(child, info_name=name, parent=context))


def _body(command: click.Command, context: click.Context) -> str:
    parts = [inspect.cleandoc(command.help or "")]
    if not isinstance(command, click.Group):
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        parts.append(f"```text\n{usage}\n```")
        parts.append(_options(command, context))
    if command.epilog:
        parts.append(command.epilog)
    return "\n\n".join(part for part in parts if part) + "\n"


def _options(command: click.Command, context: click.Context) -> str:
    """A table of the options, except --help."""
    lines = ["| option | |", "|---|---|"]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and parameter.name != "help":
            lines.append(f"| `{_cell(record[0])}` | {_cell(record[1])} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
