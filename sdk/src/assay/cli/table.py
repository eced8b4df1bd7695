"""Plain-text tables: aligned columns, cut to the terminal's width, safe to print whatever the data holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "
MIN_WIDTH = 6
"""Columns are never cut below this; a terminal narrower than that lets lines wrap."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `right` aligns numbers; `fixed` columns (ids, times, numbers) are never cut."""

    title: str
    right: bool = False
    fixed: bool = False


def render_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int | None = None
) -> list[str]:
    """The lines of a table, heading first; `width` in terminal cells, None for no limit.

    Cells are made printable: line breaks become ⏎, control characters are spelled out, so that logged text
    cannot move the cursor or change the terminal's title.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    titles = [column.title for column in columns]
    widths = [
        max([display_width(title), *(display_width(row[index]) for row in cells)])
        for index, title in enumerate(titles)
    ]
    if width is not None:
        widths = _fit(columns, widths, width)
    return [_line(columns, widths, row) for row in (titles, *cells)]


def printable(text: str) -> str:
    """One line of text without control characters."""
    if text.isprintable():
        return text
    return "".join(_spell(char) for char in text.replace("\r\n", "\n"))


def display_width(text: str) -> int:
    """Terminal cells a text takes: East Asian wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cell_width(char) for char in text)


def shorten(text: str, width: int) -> str:
    """The text cut to a number of cells, with … in place of what is missing."""
    if display_width(text) <= width:
        return text
    kept: list[str] = []
    used = 1  # the ellipsis
    for char in text:
        used += _cell_width(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + "…"


def _spell(char: str) -> str:
    if char == "\n":
        return "⏎"
    if char == "\t":
        return " "
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _cell_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fit(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """Narrow the widest flexible columns, a cell at a time, until the line fits."""
    fitted = list(widths)
    excess = sum(fitted) + len(GAP) * (len(fitted) - 1) - width
    flexible = [index for index, column in enumerate(columns) if not column.fixed]
    while excess > 0 and flexible:
        widest = max(flexible, key=lambda index: fitted[index])
        if fitted[widest] <= MIN_WIDTH:
            break
        fitted[widest] -= 1
        excess -= 1
    return fitted


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> str:
    parts: list[str] = []
    for column, width, cell in zip(columns, widths, row, strict=True):
        text = shorten(cell, width)
        padding = " " * (width - display_width(text))
        parts.append(padding + text if column.right else text + padding)
    return GAP.join(parts).rstrip()
