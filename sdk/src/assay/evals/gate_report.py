"""What a gate came to, for people: lines for a terminal, Markdown for a pull request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from assay.evals.gates import Finding, GateReport
from assay.evals.report import summary_table, verdict_notes
from assay.evals.summary import EvalSummary

MOST_CHARACTERS = 60_000
"""Longest Markdown: a comment on GitHub holds 65,536 characters."""

_MOST_SHOWN = 200
"""Characters of a case's input."""

_COLOURS = {"passed": "\x1b[32m", "failed": "\x1b[31m", "inconclusive": "\x1b[33m"}
_MARKS = {"passed": "✅ passed", "failed": "❌ failed", "inconclusive": "❔ inconclusive"}


def render_gate(report: GateReport, *, colour: bool = False) -> str:
    """Lines ending in a newline; "" for a gate without conditions."""
    lines: list[str] = []
    width = max((len(finding.outcome) for finding in report.findings), default=0)
    for finding in report.findings:
        word = finding.outcome.ljust(width)
        shown = f"{_COLOURS[finding.outcome]}{word}\x1b[0m" if colour else word
        lines.append(f"  {shown}  {_subject(finding)}: {finding.message}")
        lines += [f"      {_preview(case)}" for case in finding.cases]
    if lines:
        lines.insert(0, _headline(report))
    return "".join(f"{_printable(line, colour)}\n" for line in lines)


def render_markdown(summary: EvalSummary, report: GateReport | None) -> str:
    """One evaluation for a pull request: gate, scores with intervals, regressed cases, link."""
    names = _code(summary.experiment_name or summary.project_name)
    if summary.comparison_experiment_name is not None:
        names += f" against {_code(summary.comparison_experiment_name)}"
    parts = [f"### {_code(summary.project_name)}: {names}", _counts(summary)]
    if report is not None and report.findings:
        rows = [[_code(_subject(f)), _MARKS[f.outcome], _text(f.message)] for f in report.findings]
        parts += [f"**{_text(_headline(report))}**", _table(["gate", "outcome", "found"], rows)]
    head, cells = summary_table(summary)
    if cells:
        parts.append(_table(head, [[_code(row[0]), *map(_text, row[1:])] for row in cells]))
    if notes := verdict_notes(summary):
        parts.append("\n".join(f"- {_text(note)}" for note in notes))
    for finding in report.findings if report else ():
        if finding.cases:
            listed = "\n".join(f"- {_code(_preview(case))}" for case in finding.cases)
            parts.append(f"<details><summary>{_text(finding.message)}</summary>\n\n{listed}\n\n</details>")
    parts += [f"> {_text(warning)}" for warning in summary.warnings]
    if summary.experiment_url:
        url = summary.experiment_url.replace("<", "%3C").replace(">", "%3E")
        parts.append(f"[Open the comparison](<{url}>)")
    return "\n\n".join(part for part in parts if part) + "\n"


def join_markdown(parts: Iterable[str]) -> str:
    """Several evaluations in one document, cut where a comment would be refused."""
    text = "\n".join(parts)
    if len(text) <= MOST_CHARACTERS:
        return text
    return text[:MOST_CHARACTERS].rpartition("\n")[0] + "\n\n… cut here: the rest is in the browser.\n"


def _headline(report: GateReport) -> str:
    outcomes = [finding.outcome for finding in report.findings]
    sure = f"{report.confidence * 100:g} % sure"
    if report.level != report.confidence:
        sure += f", each of several intervals at {report.level * 100:.4g} %"
    words = "gate passed" if report.passed else "gate failed"
    unsure = outcomes.count("inconclusive")
    if unsure:
        words += f", {unsure} of {len(outcomes)} inconclusive"
    return f"{words} ({sure})"


def _subject(finding: Finding) -> str:
    """The condition, and the score it is about where one condition speaks of several."""
    return finding.condition if finding.name in finding.condition else f"{finding.condition} ({finding.name})"


def _counts(summary: EvalSummary) -> str:
    counts = [f"{summary.distinct_cases or summary.cases:,} cases"]
    if summary.matched is not None:
        counts.append(f"{summary.matched:,} in both")
    if summary.errors:
        counts.append(f"**{summary.errors:,} errors**")
    return ", ".join(counts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def _preview(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _code(text: str) -> str:
    """Text as a code span, where GitHub reads neither markup nor mentions."""
    plain = _printable(" ".join(text.split())).replace("`", "'")
    return f"`{plain}`" if plain else ""


def _text(text: str) -> str:
    """Text with everything spelled out that Markdown, HTML or a mention would make something else of."""
    text = _printable(" ".join(text.split()))
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(sign, instead)
    return re.sub(r"([\\*_`\[\]#])", r"\\\1", text)


def _printable(text: str, colour: bool = False) -> str:
    """No control characters, except those of colours made here."""
    return "".join(
        char if char.isprintable() or (colour and char == "\x1b") else f"\\x{ord(char):02x}" for char in text
    )
