"""How a summary looks on a terminal: one aligned table, and colour only where it says better or worse."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from assay.evals.summary import EvalSummary, Interval, ItemSummary, Spend

_GREEN, _RED, _RESET = "\x1b[32m", "\x1b[31m", "\x1b[0m"
_METRICS = (
    "duration",
    "llm_duration",
    "time_to_first_token",
    "total_tokens",
    "estimated_cost",
    "tool_calls",
    "errors",
)
"""Metrics worth a line in a terminal, in this order; the rest is in the JSON and in the browser."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    colour: str = ""


def render_summary(summary: EvalSummary, *, colour: bool = False) -> str:
    """The human form of a summary, several lines, ending in a newline."""
    lines = [_title(summary)]
    rows = [_row(item) for item in summary.scores.values()]
    rows += [_row(summary.metrics[name]) for name in _METRICS if name in summary.metrics]
    if rows:
        compared = summary.comparison_experiment_name is not None
        head = ["", "mean", "95 % interval"]
        if compared:
            head += ["change", "95 % interval", "verdict", "improved", "regressed"]
        lines += _table(
            [_Cell(text) for text in head], rows if compared else [row[:3] for row in rows], colour
        )
    lines += _notes(summary)
    if summary.experiment_url:
        lines += ["", summary.experiment_url]
    return "\n".join(lines) + "\n"


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: a terminal, and nobody asked for NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def format_value(value: float | None, unit: str) -> str:
    """A value with its unit: scores in percent, seconds, tokens, dollars."""
    if value is None:
        return "–"
    if unit == "":
        return f"{value * 100:.1f} %"
    return _with_unit(f"{value:,.{_digits(value, unit)}f}", unit)


def format_change(value: float | None, unit: str) -> str:
    """A difference with its sign; scores in percentage points."""
    if value is None:
        return "–"
    if unit == "":
        return f"{value * 100:+.1f} pp"
    return _with_unit(f"{value:+,.{_digits(value, unit)}f}", unit)


def _title(summary: EvalSummary) -> str:
    name = summary.experiment_name or summary.project_name
    parts = [_count(summary.cases, "case")]
    if summary.errors:
        parts.append(_count(summary.errors, "error"))
    parts.append(f"{summary.elapsed:.1f} s")
    title = f"{name}: {', '.join(parts)}"
    if summary.interrupted:
        title += " (interrupted: what finished is summarised)"
    if summary.comparison_experiment_name is not None:
        matched = "" if summary.matched is None else f", {summary.matched:,} cases in both"
        title += f"; compared with {summary.comparison_experiment_name}{matched}"
    return title


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _row(item: ItemSummary) -> list[_Cell]:
    # Metrics without a unit are counts, not shares.
    unit = item.unit or ("" if item.name not in _METRICS else "#")
    tint = {"better": _GREEN, "worse": _RED}.get(item.verdict or "", "")
    return [
        _Cell(item.name),
        _Cell(format_value(item.mean, unit)),
        _Cell(_range(item.interval, unit)),
        _Cell(format_change(item.diff, unit), tint),
        _Cell(_range(item.diff_interval, unit, signed=True)),
        _Cell(item.verdict or "–", tint),
        _Cell(str(item.improvements)),
        _Cell(str(item.regressions)),
    ]


def _table(head: Sequence[_Cell], rows: Sequence[Sequence[_Cell]], colour: bool) -> list[str]:
    table = [head, *rows]
    widths = [max(len(row[column].text) for row in table) for column in range(len(head))]
    lines: list[str] = []
    for row in table:
        cells = [
            _paint(cell.text.ljust(width) if column == 0 else cell.text.rjust(width), cell.colour, colour)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "   ".join(cells)).rstrip())
    return lines


def _notes(summary: EvalSummary) -> list[str]:
    notes: list[str] = []
    for label, spend in (("task", summary.task), ("scoring", summary.scoring)):
        if spend.tokens or spend.cost:
            notes.append(f"  {label}: {_spend(spend)}")
    failures = ", ".join(f"{name} {count}×" for name, count in summary.scorer_errors.items())
    if failures:
        notes.append(f"  scorers that failed: {failures} (see metadata.scorer_errors)")
    nulls = ", ".join(f"{item.name} {item.nulls}×" for item in summary.scores.values() if item.nulls)
    if nulls:
        notes.append(f"  not scored: {nulls}")
    notes += [f"  note: {warning}" for warning in summary.warnings]
    return notes


def _spend(spend: Spend) -> str:
    parts = [f"{spend.tokens or 0:,.0f} tokens"]
    if spend.cost is not None:
        parts.append(format_value(spend.cost, "$"))
    return ", ".join(parts)


def _range(interval: Interval | None, unit: str, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    low, high = interval
    if unit == "":
        low, high, digits = low * 100, high * 100, 1
    else:
        digits = max(_digits(low, unit), _digits(high, unit))
    sign = "+" if signed else ""
    return f"[{low:{sign},.{digits}f}, {high:{sign},.{digits}f}]"


def _digits(value: float, unit: str) -> int:
    if unit == "$":
        return 2 if abs(value) >= 1 else 5
    if unit == "s":
        return 2 if abs(value) >= 0.1 else 4
    return 0 if abs(value) >= 100 else 1


def _with_unit(number: str, unit: str) -> str:
    if unit == "#":
        return number
    if unit == "$":
        sign = number[0] if number[0] in "+-" else ""
        return f"{sign}${number.lstrip('+-')}"
    return f"{number} {unit}"


def _paint(text: str, tint: str, colour: bool) -> str:
    return f"{tint}{text}{_RESET}" if colour and tint else text
