"""Where things are printed: data on stdout, everything said to the person on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from assay.cli.table import Column, render_table


def note(text: str) -> None:
    """Say something that is not data."""
    click.echo(text, err=True)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON that can be printed: readable letters, unless a lone surrogate in the data forbids UTF-8."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=separators)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, separators=separators)
    return text


def emit_json(value: Any) -> None:
    """Print one JSON document, indented."""
    click.echo(json_text(value, indent=2))


def emit_jsonl(rows: Iterable[Any]) -> None:
    """Print one JSON document a line."""
    for row in rows:
        click.echo(json_text(row))


def emit_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print a table, cut to the terminal when stdout is one; without rows say `empty` on stderr."""
    if not rows:
        note(empty)
        return
    heading, *lines = render_table(columns, rows, width=terminal_width())
    click.echo(click.style(heading, bold=True))
    for line in lines:
        click.echo(line)


def terminal_width() -> int | None:
    """Cells of a line; None when stdout is no terminal (COLUMNS overrides both)."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return None
    return shutil.get_terminal_size().columns


def use_colour() -> bool:
    """Whether stdout gets colours: a terminal, unless the environment says otherwise."""
    chosen = colour_choice()
    return sys.stdout.isatty() if chosen is None else chosen


def colour_choice() -> bool | None:
    """What NO_COLOR and FORCE_COLOR ask for; None leaves it to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def compact(value: Any) -> str:
    """A JSON value in one table cell: text as it is, '' for null, the rest as compact JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_text(value)
