"""How a summary looks on a terminal: one aligned table, and colour only where it says better or worse."""

from __future__ import annotations

import math
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

_USUAL_MARGIN = 0.01
"""The margin of a score for which none is set: not worth a word."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    colour: str = ""


def render_summary(summary: EvalSummary, *, colour: bool = False) -> str:
    """The human form of a summary, several lines, ending in a newline."""
    lines = [_title(summary)]
    head, rows = _cells(summary)
    lines += _table(head, rows, colour) if rows else []
    lines += _notes(summary)
    if summary.experiment_url:
        lines += ["", summary.experiment_url]
    return "\n".join(lines) + "\n"


def summary_table(summary: EvalSummary) -> tuple[list[str], list[list[str]]]:
    """The table of a summary as plain text: headings, and a row per score and metric worth showing."""
    head, rows = _cells(summary)
    return head, [[cell.text for cell in row] for row in rows]


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: a terminal, and nobody asked for NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def format_value(value: float | None, unit: str, *, like: float | None = None) -> str:
    """A value with its unit: scores in percent, seconds, tokens, dollars, or `#` for a count.

    It gets as many digits as three significant ones of `like` (default: of itself) need.
    """
    return _format(value, unit, like, sign="")


def format_change(value: float | None, unit: str, *, like: float | None = None) -> str:
    """A difference with its sign; scores in percentage points."""
    return _format(value, unit, like, sign="+").replace(" %", " pp")


def _cells(summary: EvalSummary) -> tuple[list[str], list[list[_Cell]]]:
    metrics = [summary.metrics[name] for name in _METRICS if name in summary.metrics]
    shown = [*summary.scores.values(), *metrics]
    interval = f"{summary.level * 100:g} % interval"
    if summary.comparison_experiment_name is None:
        return ["", "mean", interval], [_plain_row(item) for item in shown]
    head = ["", "mean", "change", interval, "verdict", "improved", "regressed"]
    return head, [_compared_row(item) for item in shown]


def _title(summary: EvalSummary) -> str:
    name = summary.experiment_name or summary.project_name
    parts = [_count(summary.distinct_cases or summary.cases, "case")]
    if summary.distinct_cases not in (None, summary.cases):
        parts.append(_count(summary.cases, "run"))
    if summary.errors:
        parts.append(_count(summary.errors, "error"))
    parts.append(f"{summary.elapsed:.1f} s")
    title = f"{name}: {', '.join(parts)}"
    if summary.interrupted:
        title += " (interrupted: what finished is summarised)"
    if summary.stopped:
        title += f" (stopped early: {summary.stopped}; --resume finishes it)"
    if (early := summary.stopped_early) is not None:
        title += f" (decided early: {early['cases']:,} of {early['planned']:,} cases)"
    if summary.comparison_experiment_name is not None:
        matched = "" if summary.matched is None else f", {summary.matched:,} cases in both"
        title += f"; compared with {summary.comparison_experiment_name}{matched}"
    return title


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _plain_row(item: ItemSummary) -> list[_Cell]:
    unit = _unit(item)
    return [
        _Cell(item.name),
        _Cell(format_value(item.mean, unit)),
        _Cell(_range(item.interval, unit, like=item.mean)),
    ]


def _compared_row(item: ItemSummary) -> list[_Cell]:
    unit, like = _unit(item), item.mean or item.baseline_mean
    tint = {"better": _GREEN, "worse": _RED}.get(item.verdict or "", "")
    return [
        _Cell(item.name),
        _Cell(format_value(item.mean, unit, like=like)),
        _Cell(format_change(item.diff, unit, like=like), tint),
        _Cell(_range(item.diff_interval, unit, like=like, sign="+")),
        _Cell(item.verdict or "–", tint),
        _Cell(str(item.improvements)),
        _Cell(str(item.regressions)),
    ]


def _unit(item: ItemSummary) -> str:
    """The item's unit; metrics without one are counts, not shares."""
    return item.unit or ("#" if item.name in _METRICS else "")


def _table(head: Sequence[str], rows: Sequence[Sequence[_Cell]], colour: bool) -> list[str]:
    table = [[_Cell(text) for text in head], *rows]
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
    notes = [f"  {note}" for note in verdict_notes(summary)]
    notes += [*_stop_notes(summary), *_reuse_notes(summary)]
    for label, spend in (("task", summary.task), ("scoring", summary.scoring)):
        if spend.tokens or spend.cost:
            notes.append(f"  {label}: {_spend(spend)}")
    failures = ", ".join(f"{name} {count}×" for name, count in summary.scorer_errors.items())
    if failures:
        notes.append(f"  scorers that failed: {failures} (see metadata.scorer_errors)")
    notes += [f"  note: {warning}" for warning in summary.warnings]
    return notes


def verdict_notes(summary: EvalSummary) -> list[str]:
    """What has to be known to read the verdicts: what the run could have seen, so that nobody reads "inconclusive" as
    "no difference"; which scores are better when lower; how small a difference counts as none; what was not scored; how
    several scores were judged together.
    """
    scores = list(summary.scores.values())
    judged = [item for item in scores if item.verdict is not None]
    return [
        f"{head}: {', '.join(parts)}"
        for head, parts in (
            (
                "the smallest difference this run could have seen",
                [f"{item.name} {_gap(item.detectable)}" for item in judged if item.detectable is not None],
            ),
            ("lower is better", [item.name for item in scores if item.direction == "lower"]),
            ("equivalent", _margins(judged)),
            ("not scored", [_unscored(item) for item in scores if item.nulls or item.missing]),
            ("judged with", _rules(summary, len(judged))),
        )
        if parts
    ]


def _gap(difference: float | None) -> str:
    return format_value(difference, "").replace(" %", " pp")


def _margins(judged: Sequence[ItemSummary]) -> list[str]:
    """How far apart equivalent scores may be, where one is or where it is no longer the usual."""
    told = any(item.verdict == "equivalent" or item.margin not in (None, _USUAL_MARGIN) for item in judged)
    return [
        f"{item.name} within ± {_gap(item.margin)}" for item in judged if told and item.margin is not None
    ]


def _unscored(item: ItemSummary) -> str:
    parts = [f"{item.nulls}× null"] if item.nulls else []
    parts += [f"{item.missing}× not at all"] if item.missing else []
    share = item.n / (item.n + item.nulls + item.missing)
    return f"{item.name} {' and '.join(parts)} (coverage {format_value(share, '')})"


def _rules(summary: EvalSummary, judged: int) -> list[str]:
    parts: list[str] = []
    if judged > 1:
        names = {"holm": "Holm's correction", "bh": "the Benjamini–Hochberg correction"}
        parts.append(f"{names.get(summary.correction, summary.correction)} over {judged} scores")
    if summary.cluster_key is not None and judged:
        parts.append(f"cases clustered by {summary.cluster_key}")
    return parts


def _stop_notes(summary: EvalSummary) -> list[str]:
    early = summary.stopped_early
    if early is None:
        return []
    decided = ", ".join(
        f"{name} {decision} {_range(tuple(early['intervals'][name]), '', like=None, sign='+')}"
        for name, decision in early["decisions"].items()
    )
    saved = [_count(early["saved_cases"], "case")]
    if early["saved_cost"]:
        saved.append(f"about {format_value(early['saved_cost'], '$')}")
    if early["saved_seconds"] is not None:
        saved.append(f"{early['saved_seconds']:,.1f} s")
    return [f"  decided (intervals that hold at any time): {decided}", f"  saved: {', '.join(saved)}"]


def _reuse_notes(summary: EvalSummary) -> list[str]:
    notes: list[str] = []
    if summary.resumed:
        notes.append(f"  resumed: {_count(summary.resumed, 'run')} had finished before")
    if summary.reused or summary.reused_scores:
        counts = f"{_count(summary.reused, 'answer')} and {_count(summary.reused_scores, 'score')}"
        since = f", the oldest answer of {summary.oldest_reused[:16]}" if summary.oldest_reused else ""
        notes.append(f"  reused from earlier runs: {counts}{since} (--fresh runs everything)")
    if summary.retries:
        notes.append(f"  retried: {_count(summary.retries, 'attempt')}")
    if summary.throttled >= 0.05:
        notes.append(
            f"  held back by limits: {summary.throttled:,.1f} s over all cases, not part of durations"
        )
    return notes


def _spend(spend: Spend) -> str:
    parts = [f"{spend.tokens or 0:,.0f} tokens"]
    if spend.cost is not None:
        parts.append(format_value(spend.cost, "$"))
    return ", ".join(parts)


def _range(interval: Interval | None, unit: str, *, like: float | None, sign: str = "") -> str:
    if interval is None:
        return "–"
    low, high = (_number(bound, unit, like, sign) for bound in interval)
    return f"[{low}, {high}]"


def _format(value: float | None, unit: str, like: float | None, *, sign: str) -> str:
    if value is None:
        return "–"
    number = _number(value, unit, value if like is None else like, sign)
    match unit:
        case "":
            return f"{number} %"
        case "#":
            return number
        case "$":
            return f"{number[0]}${number[1:]}" if number[0] in "+-" else f"${number}"
        case _:
            return f"{number} {unit}"


def _number(value: float, unit: str, like: float | None, sign: str) -> str:
    if unit == "":
        return f"{value * 100:{sign}.1f}"
    digits = 2 if not like else max(0, min(7, 2 - math.floor(math.log10(abs(like)))))
    return f"{value:{sign},.{digits}f}"


def _paint(text: str, tint: str, colour: bool) -> str:
    return f"{tint}{text}{_RESET}" if colour and tint else text
