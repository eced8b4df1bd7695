"""How numbers, intervals and progress look."""

from __future__ import annotations

import io
from typing import Any

import pytest

from assay.evals.progress import Progress
from assay.evals.report import format_change, format_value, render_summary, wants_colour
from assay.evals.summary import EvalSummary, ItemSummary, read_comparison


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("value", "unit", "text", "change"),
    [
        (0.725, "", "72.5 %", "+72.5 pp"),
        (1.234, "s", "1.23 s", "+1.23 s"),
        (0.0123, "s", "0.0123 s", "+0.0123 s"),
        (-0.5, "s", "-0.500 s", "-0.500 s"),
        (0.0, "$", "$0.00", "+$0.00"),
        (12345.6, "tok", "12,346 tok", "+12,346 tok"),
        (0.00042, "$", "$0.000420", "+$0.000420"),
        (3.5, "#", "3.50", "+3.50"),
        (None, "", "–", "–"),
    ],
)
def test_values(value: float | None, unit: str, text: str, change: str) -> None:
    assert format_value(value, unit) == text
    assert format_change(value, unit) == change


def compared(verdict: str) -> EvalSummary:
    item = ItemSummary(name="Fit", mean=0.5, diff=0.1, verdict=verdict)  # pyright: ignore[reportArgumentType]
    return EvalSummary(project_name="p", scores={"Fit": item}, comparison_experiment_name="v1")


def test_colour_only_says_better_or_worse() -> None:
    assert "\x1b[32m" in render_summary(compared("better"), colour=True)
    assert "\x1b[31m" in render_summary(compared("worse"), colour=True)
    assert "\x1b" not in render_summary(compared("inconclusive"), colour=True)
    assert "\x1b" not in render_summary(compared("better"))


def judged(*items: ItemSummary, **values: Any) -> list[str]:
    """The lines below the table."""
    summary = EvalSummary(
        project_name="p",
        scores={item.name: item for item in items},
        comparison_experiment_name="v1",
        **values,
    )
    return render_summary(summary).splitlines()[2 + len(items) :]


def test_verdicts_come_with_what_has_to_be_known_to_read_them() -> None:
    fit = ItemSummary(
        name="Fit", mean=0.5, diff=0.1, verdict="inconclusive", detectable=0.152, margin=0.01, n=40
    )
    assert judged(fit) == ["  the smallest difference this run could have seen: Fit 15.2 pp"]
    lies = ItemSummary(
        name="Lies", mean=0.5, diff=0.0, verdict="equivalent", detectable=0.004, margin=0.02,
        direction="lower", n=34, nulls=4, missing=2,
    )  # fmt: skip
    assert judged(fit, lies, correction="bh", cluster_key="metadata.talk") == [
        "  the smallest difference this run could have seen: Fit 15.2 pp, Lies 0.4 pp",
        "  lower is better: Lies",
        "  equivalent: Fit within ± 1.0 pp, Lies within ± 2.0 pp",
        "  not scored: Lies 4× null and 2× not at all (coverage 85.0 %)",
        "  judged with: the Benjamini–Hochberg correction over 2 scores, cases clustered by metadata.talk",
    ]
    assert "Holm's correction over 2 scores" in judged(fit, lies)[-1]


def test_a_run_without_baseline_has_nothing_to_add() -> None:
    item = ItemSummary(name="Fit", mean=0.5, n=4, direction="higher")
    text = render_summary(EvalSummary(project_name="p", scores={"Fit": item}, level=0.99))
    assert len(text.splitlines()) == 3
    assert "99 % interval" in text


def test_colour_needs_a_terminal_and_respects_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())


def test_columns_line_up() -> None:
    items = {name: ItemSummary(name=name, mean=value) for name, value in (("a", 0.05), ("longer", 1.0))}
    lines = render_summary(EvalSummary(project_name="p", scores=items)).splitlines()
    assert len({len(line) for line in lines[1:4]}) == 1


def test_counts_are_not_shown_as_shares() -> None:
    summary = EvalSummary(project_name="p")
    answer = {
        "experiment": {"name": "v"}, "baseline": None, "cases": {}, "scores": [],
        "metrics": [{"name": "tool_calls", "unit": "", "mean": 3.5, "interval": [3, 4]}],
    }  # fmt: skip
    read_comparison(summary, answer)
    assert "tool_calls   3.50    [3.00, 4.00]" in render_summary(summary)


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.evals.progress._REDRAW", 0.0)
    screen = Terminal()
    bar = Progress("demo", stream=screen)
    bar.start(4)
    for number in range(4):
        bar.step(failed=number == 3)
    bar.close()
    assert "demo  ━━━━━━━───" in screen.getvalue()
    assert "4/4 cases" in screen.getvalue()
    assert "1 errors" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_one_of_several_evaluations_says_which_and_how_long_all_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.evals.progress._REDRAW", 0.0)
    screen = Terminal()
    bar = Progress("demo", stream=screen, place=(2, 4), spent=3600.0)
    bar.start(2, "plan: 2 runs, about 1 s")
    bar.step(failed=False)
    bar.close()
    assert screen.getvalue().startswith("[2/4] demo: plan: 2 runs, about 1 s\n")
    # One evaluation took an hour and this one next to nothing: two more at half an hour each.
    assert "0s left (60m00s in all)" in screen.getvalue()


def test_what_was_not_run_is_said() -> None:
    summary = EvalSummary(
        project_name="p", experiment_name="v", cases=3, resumed=5, reused=2, reused_scores=4, retries=1,
        oldest_reused="2026-11-20T10:00:00.000Z", throttled=2.5, stopped="budget",
    )  # fmt: skip
    text = render_summary(summary)
    assert "(stopped early: budget; --resume finishes it)" in text
    assert "resumed: 5 runs had finished before" in text
    assert "reused from earlier runs: 2 answers and 4 scores, the oldest answer of 2026-11-20T10:00" in text
    assert "retried: 1 attempt\n" in text
    assert "held back by limits: 2.5 s over all cases" in text


def test_a_file_gets_sparse_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    bar = Progress("demo", stream=log)
    for _ in range(1000):
        bar.step(failed=False)
    bar.close()
    assert log.getvalue() == ""
    monkeypatch.setattr("assay.evals.progress._SPARSE", 0.0)
    other = Progress("demo", stream=log)
    other.step(failed=False)
    assert log.getvalue().startswith("demo: 1 cases")
    assert "\x1b" not in log.getvalue()


def test_trials_are_told_apart_from_cases() -> None:
    summary = EvalSummary(project_name="p", experiment_name="v", cases=62, distinct_cases=31)
    assert render_summary(summary).startswith("v: 31 cases, 62 runs, 0.0 s")
    summary.distinct_cases = 62
    assert render_summary(summary).startswith("v: 62 cases, 0.0 s")


def test_scores_that_only_the_baseline_has_are_not_in_the_summary() -> None:
    summary = EvalSummary(project_name="p")
    gone = {"name": "gone", "mean": None, "n": 0, "nulls": 0, "baseline_mean": 0.5}
    skipped = {"name": "skipped", "mean": None, "n": 0, "nulls": 2}
    answer = {
        "experiment": {"name": "v"}, "baseline": {"name": "u"}, "cases": {"total": 2, "matched": 2},
        "scores": [gone, skipped], "metrics": [],
    }  # fmt: skip
    read_comparison(summary, answer)
    assert list(summary.scores) == ["skipped"]
