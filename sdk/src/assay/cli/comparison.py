"""The verdict on an experiment for the terminal: what `GET /v1/experiment/{id}/compare` answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import click

from assay.cli import humans
from assay.cli.output import terminal_width
from assay.cli.table import Column, render_table

Json = dict[str, Any]

VERDICT_COLOURS = {"better": "green", "worse": "red", "equivalent": "blue", "inconclusive": None}

FORMATS: dict[str, Callable[[float], str]] = {
    "": humans.score,
    "s": humans.seconds,
    "tok": humans.count,
    "$": humans.dollars,
}


def comparison_lines(comparison: Json) -> Iterator[str]:
    """Names, counts, then one line per score and metric with difference, interval and verdict."""
    experiment, baseline = comparison["experiment"], comparison.get("baseline")
    head = click.style(experiment["name"], bold=True)
    yield f"{head} compared with {click.style(baseline['name'], bold=True)}" if baseline else head
    yield _counts(comparison)
    items = cast("list[Json]", [*(comparison.get("scores") or []), *(comparison.get("metrics") or [])])
    if not items:
        yield "no scores yet"
        return
    yield from _table(items, compared=baseline is not None)
    spent = _spending(comparison.get("totals") or {})
    if spent:
        yield spent


def _counts(comparison: Json) -> str:
    cases, totals = cast("Json", comparison.get("cases") or {}), cast("Json", comparison.get("totals") or {})
    parts = [f"{cases.get('total', 0):,} cases"]
    if comparison.get("baseline"):
        parts.append(f"{cases.get('matched', 0):,} matched")
        for key, text in (("only_experiment", "only here"), ("only_baseline", "only in the baseline")):
            if cases.get(key):
                parts.append(f"{cases[key]:,} {text}")
    if totals.get("errors"):
        parts.append(click.style(f"{totals['errors']:,} errors", fg="red"))
    return " · ".join(parts)


def _table(items: list[Json], *, compared: bool) -> Iterator[str]:
    columns = [Column("name"), Column("mean", right=True, fixed=True), Column("n", right=True, fixed=True)]
    if compared:
        columns += [
            Column("difference", right=True, fixed=True),
            Column("95 % interval", right=True, fixed=True),
            Column("verdict", fixed=True),
            Column("better", right=True, fixed=True),
            Column("worse", right=True, fixed=True),
        ]
    rows = [_cells(item, compared=compared) for item in items]
    heading, *lines = render_table(columns, rows, width=terminal_width())
    yield click.style(heading, dim=True)
    for item, line in zip(items, lines, strict=True):
        colour = VERDICT_COLOURS.get(str(item.get("verdict")))
        yield click.style(line, fg=colour) if compared and colour else line


def _cells(item: Json, *, compared: bool) -> list[str]:
    write = FORMATS.get(str(item.get("unit") or ""), humans.count)
    mean = item.get("mean")
    cells = [str(item["name"]), "–" if mean is None else write(mean), f"{item.get('n', 0):,}"]
    if compared:
        cells += [
            signed(item.get("diff"), write),
            _interval(item.get("diff_interval"), write),
            str(item.get("verdict") or ""),
            str(item.get("improvements") or 0),
            str(item.get("regressions") or 0),
        ]
    return cells


def signed(value: float | None, write: Callable[[float], str]) -> str:
    """A difference with its sign: `+3.1 %`, `-120 ms`; '' for None."""
    if value is None:
        return ""
    return write(value) if value < 0 else f"+{write(value)}"


def _interval(bounds: Any, write: Callable[[float], str]) -> str:
    if not bounds:
        return ""
    low, high = cast("list[float]", bounds)
    return f"{signed(low, write)} … {signed(high, write)}"


def _spending(totals: Json) -> str:
    """Tokens and money of the task, apart from those of scoring."""
    parts: list[str] = []
    for name in ("task", "scoring"):
        used = cast("Json", totals.get(name) or {})
        if used.get("tokens") or used.get("cost"):
            tokens, cost = humans.count(used.get("tokens") or 0), humans.dollars(used.get("cost") or 0)
            parts.append(f"{name} {tokens} tokens, {cost}")
    return " · ".join(parts)
