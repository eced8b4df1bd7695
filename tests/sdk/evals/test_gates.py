"""Gates on given comparisons: the interval decides, at the confidence asked for."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from assay.evals.cases import EvalResult
from assay.evals.conditions import ConditionError
from assay.evals.gate_report import MOST_CHARACTERS, join_markdown, render_gate, render_markdown
from assay.evals.gates import Finished, Gate, GateError, GateReport, check
from assay.evals.junit import suite_of, write_junit
from assay.evals.summary import EvalSummary, read_comparison
from tests.sdk.cli.conftest import run
from tests.sdk.evals.conftest import RecordingServer


def item(name: str, mean: float | None, interval: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "unit": "", "mean": mean, "interval": interval, "n": 40, "nulls": 0, **more}


def change(diff: float, interval: Any, base: float = 0.8, **more: Any) -> dict[str, Any]:
    return {"diff": diff, "diff_interval": interval, "baseline_mean": base, **more}


def case(key: str, *tags: str, error: Any = None, before: Any = None) -> dict[str, Any]:
    return {
        "key": key,
        "input": f"in {key}",
        "tags": list(tags),
        "error": error,
        "baseline": {"error": before},
    }


class World:
    """A server with one comparison, the same at every level unless `levels` says otherwise."""

    def __init__(
        self, *scores: dict[str, Any], metrics: Any = (), baseline: bool = True, **cases: Any
    ) -> None:
        self.asked: list[float | None] = []
        self.cases = cases
        self.answer = {
            "experiment": {"id": "new-id", "name": "new", "project_name": "p"},
            "baseline": {"id": "old-id", "name": "old"} if baseline else None,
            "cases": {"total": 40, "matched": 40},
            "scores": list(scores),
            "metrics": list(metrics),
        }

    def get(self, path: str, **query: Any) -> Any:
        if path.endswith("/compare"):
            self.asked.append(query["level"])
            return self.answer
        of = path.split("/")[3]
        assert (of, query["to"]) in (("new-id", "old-id"), ("old-id", "new-id"))
        name = query["filter"] + ("_before" if of == "old-id" else "")
        rows = self.cases.get(name, [])
        at = int(query["cursor"] or 0)
        return {"cases": rows[at : at + 1], "cursor": str(at + 1) if at + 1 < len(rows) else None}

    def check(self, *conditions: str, **options: Any) -> GateReport:
        return check(Gate.of(conditions, **options), Finished(self.get, "new-id"))

    def outcome(self, condition: str) -> str:
        [finding] = self.check(condition).findings
        return finding.outcome


@pytest.mark.parametrize(
    ("condition", "interval", "outcome"),
    [
        ("S drops 0.02", (-0.09, -0.021), "failed"),
        ("S drops 0.02", (-0.09, -0.02), "inconclusive"),
        ("S drops 0.02", (-0.0199, 0.01), "passed"),
        ("S drops 0.02", (-0.02, 0.01), "passed"),
        ("S drops 2 pp", (-0.09, -0.021), "failed"),
        ("S drops 5%", (-0.09, -0.041), "failed"),
        ("S drops 5%", (-0.09, -0.039), "inconclusive"),
        ("S drops", (-0.09, -0.001), "failed"),
        ("S drops", (0.0, 0.0), "passed"),
        ("S rises 0.02", (0.021, 0.09), "failed"),
        ("S rises 0.02", (-0.5, 0.02), "passed"),
        ("S worsens", (-0.09, -0.01), "failed"),
        ("S worsens", (0.01, 0.09), "passed"),
        ("S drops", None, "inconclusive"),
    ],
)
def test_changes_are_held_against_the_interval_of_the_difference(
    condition: str, interval: Any, outcome: str
) -> None:
    assert World(item("S", 0.7, **change(-0.05, interval))).outcome(condition) == outcome


def test_worse_is_up_where_lower_is_better() -> None:
    world = World(item("Lies", 0.2, **change(0.1, (0.05, 0.15)), direction="lower"))
    assert (world.outcome("Lies worsens"), world.outcome("any score worsens 0.2")) == ("failed", "passed")


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("S below 0.8", "failed"),
        ("S below 80%", "failed"),
        ("S below 0.7", "inconclusive"),
        ("S below 0.6", "passed"),
        ("S above 0.59", "failed"),
        ("S above 0.75", "passed"),
        ("s below 0.8", "failed"),
    ],
)
def test_levels_are_held_against_the_interval_of_the_mean(condition: str, outcome: str) -> None:
    assert World(item("S", 0.7, (0.6, 0.75)), baseline=False).outcome(condition) == outcome


def test_metrics_have_units_and_aliases() -> None:
    metrics = [
        item("duration", 2.0, (1.9, 2.1), unit="s", **change(0.5, (0.3, 0.7), base=1.5), direction="lower"),
        item("estimated_cost", 0.03, (0.02, 0.04), unit="$"),
        item("steps", 3.0, (2.5, 3.5)),
    ]
    world = World(item("S", 0.5, (0.4, 0.6)), metrics=metrics)
    assert world.outcome("duration above 1800ms") == "failed"
    assert world.outcome("duration rises 10%") == "failed"
    assert world.outcome("duration rises 0.8") == "passed"
    assert world.outcome("cost above $0.01") == "failed"
    assert world.outcome("steps above 4") == "passed"
    assert world.outcome("tool_errors above 0") == "passed"  # left out of a comparison when zero throughout
    for wrong in ("duration above $3", "S above 3s", "steps above 5%", "cost above 2pp", "steps rises 1pp"):
        with pytest.raises(GateError, match="does not measure"):
            world.outcome(wrong)


def test_an_amount_that_can_never_matter_is_refused() -> None:
    with pytest.raises(GateError, match="for 80 percent write 80%"):
        World(item("S", 0.5, (0.4, 0.6))).outcome("S below 80")
    assert World(item("Stars", 3.5, (3.1, 4.2))).outcome("Stars below 5") == "failed"


def test_without_a_baseline_a_change_cannot_be_told() -> None:
    world = World(item("S", 0.7, (0.6, 0.8)), baseline=False)
    report = world.check("S drops", "any regression")
    assert [f.outcome for f in report.findings] == ["inconclusive"] * 2
    assert {f.message for f in report.findings} == {"no baseline to compare with"}
    assert report.passed
    assert not world.check("S drops", fail_on_inconclusive=True).passed


def test_several_conditions_share_the_chance_of_error() -> None:
    world = World(*(item(name, 0.7, (0.6, 0.8), **change(-0.1, (-0.2, -0.05))) for name in "ABC"))
    report = world.check("any score drops", "A below 0.5", confidence=0.96)
    assert report.level == pytest.approx(1 - 0.04 / 4)
    assert world.asked == [None, report.level]
    assert [f.name for f in report.findings] == ["A", "B", "C", "A"]
    world.asked.clear()
    assert world.check("A drops").level == 0.95
    assert world.asked == [None, 0.95]


def test_a_name_nobody_has_is_reported_with_those_there_are() -> None:
    report = World(item("Variety", 0.7)).check("Varety drops", "regression of duration")
    assert "it has: Variety" in report.unknown["Varety drops"]
    assert "regression of duration" in report.unknown


@pytest.mark.parametrize("confidence", [0.4, 1.0, 95, float("nan")])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        Gate.of(["S drops"], confidence=confidence)


def test_regressions_on_a_tag_are_exact() -> None:
    calm = [case("a", "golden"), case("b")]
    assert World(regressed=[case("b")], all=calm).outcome("regression on tag golden") == "passed"
    assert World(regressed=[case("b")], all=calm).outcome("any regression") == "failed"
    failed = World(regressed=[case("b"), case("a", "golden")]).check("regression on tag golden").findings[0]
    assert (failed.outcome, failed.cases) == ("failed", ["in a"])
    broke = [case("x", "golden", error="boom", before="boom"), case("a", "golden", error="boom")]
    failed = World(errors=broke).check("regression on tag golden").findings[0]
    assert failed.cases == ["in a"]  # it failed before, too: no regression


def test_a_tag_nobody_carries_or_that_did_not_run_proves_nothing() -> None:
    finding = World(all=[case("a")]).check("regression on tag golden").findings[0]
    assert (finding.outcome, finding.message) == ("inconclusive", "no case is tagged golden")
    world = World(all=[case("a", "golden")], unmatched_before=[case("g", "golden"), case("h")])
    finding = world.check("regression on tag golden").findings[0]
    assert finding.outcome == "inconclusive"
    assert "1 cases tagged golden in the baseline did not run" in finding.message


HOSTILE = "S|`x`<img src=x> @you\n# [b](http://x) \x1b[2J"


def hostile() -> tuple[EvalSummary, GateReport]:
    world = World(item(HOSTILE, 0.7, (0.6, 0.8), **change(-0.1, (-0.2, -0.05))), regressed=[case(HOSTILE)])
    report = world.check("any score drops", "any regression")
    summary = EvalSummary(project_name=HOSTILE, experiment_url="http://x/?a=<b>)", warnings=[HOSTILE])
    read_comparison(summary, world.answer)
    return summary, report


def test_markdown_cannot_be_broken_out_of() -> None:
    text = render_markdown(*hostile())
    assert "\x1b" not in text
    outside = "".join(text.split("`")[::2])  # code spans are left alone by GitHub
    assert "<img" not in outside
    assert "@you" not in outside
    assert "[b]" not in outside
    assert text.rstrip().endswith("[Open the comparison](<http://x/?a=%3Cb%3E)>)")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == 3  # two gates and a score: the name did not start lines of its own
    assert "❌ failed" in text


def test_markdown_and_junit_say_how_to_read_the_verdicts() -> None:
    scores = [
        item("S", 0.7, **change(-0.01, (-0.2, 0.1)), verdict="inconclusive", detectable=0.15, margin=0.01),
        item("L_ies", 0.7, **change(0.0, (0, 0)), verdict="equivalent", detectable=0.02, margin=0.02)
        | {"direction": "lower", "nulls": 10},
    ]
    world = World(*scores)
    world.answer |= {"correction": "bh", "cluster_key": "metadata.talk", "level": 0.9}
    summary = EvalSummary(project_name="p")
    read_comparison(summary, world.answer)
    text = render_markdown(summary, None)
    assert "| 90 % interval |" in text
    for line in (
        "- the smallest difference this run could have seen: S 15.0 pp, L\\_ies 2.0 pp",
        "- lower is better: L\\_ies",
        "- equivalent: S within ± 1.0 pp, L\\_ies within ± 2.0 pp",
        "- not scored: L\\_ies 10× null (coverage 80.0 %)",
        "- judged with: the Benjamini–Hochberg correction over 2 scores, cases clustered by metadata.talk",
    ):
        assert line in text.splitlines()
        assert line.replace("- ", "  ", 1).replace("\\", "") in suite_of(summary, None).text.splitlines()


def test_markdown_stays_below_the_limit_of_a_comment() -> None:
    text = join_markdown(["x" * 100 + "\n"] * 2_000)
    assert MOST_CHARACTERS < len(text) + 200 < 65_536
    assert text.endswith("cut here: the rest is in the browser.\n")


def test_terminal_lines_hold_no_control_characters() -> None:
    text = render_gate(hostile()[1])
    assert "\x1b" not in text
    assert "\\x1b[2J" in text
    assert text.startswith("gate failed (95 % sure)\n")


def test_junit_holds_gate_and_cases(tmp_path: Any) -> None:
    summary, report = hostile()
    results = [
        EvalResult(input="a\x00b"),
        EvalResult(input="c", error=ValueError("no\x08"), exc_info="trace"),
    ]
    path = tmp_path / "junit.xml"
    write_junit(path, [suite_of(summary, report, results), suite_of(summary, None, failure="it\nbroke")])
    root = ElementTree.parse(path).getroot()
    assert root.attrib == {"tests": "5", "failures": "2", "errors": "2", "skipped": "0"}
    gate, again, good, bad, text = root[0]
    assert text.tag == "system-out"
    assert "95 % interval" in (text.text or "")
    assert gate.find("failure") is not None
    assert again.find("failure").text == f"in {HOSTILE}".replace("\x1b", "�")  # type: ignore[union-attr]
    assert (good.attrib["name"], list(good)) == ("0: a�b", [])
    assert bad.find("error").attrib["message"] == "ValueError: no�"  # type: ignore[union-attr]
    assert root[1][0].find("error").attrib["message"] == "it"  # type: ignore[union-attr]


def test_inconclusive_is_skipped_in_junit_unless_it_fails() -> None:
    world = World(item("S", 0.7, **change(-0.01, (-0.2, 0.1))))
    for strict, kind in ((False, "skipped"), (True, "failure")):
        report = world.check("S drops", fail_on_inconclusive=strict)
        [test] = suite_of(EvalSummary(project_name="p"), report).tests
        assert test.problem is not None
        assert test.problem[0] == kind


def test_conditions_are_read_before_anything_is_asked() -> None:
    with pytest.raises(ConditionError):
        Gate.of(["S dorps 3"])


def test_a_gate_is_not_judged_on_part_of_the_rows(
    server: RecordingServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.evals.evaluator._FLUSH_STALL", 0.2)
    monkeypatch.setattr("assay.cli.gate._STALL", 0.2)
    server.accepting = False
    path = tmp_path / "eval_x.py"
    path.write_text("from assay import Eval\nEval('demo', data=[{'input': 1}], task=lambda n: n, scores=[])")
    done = run("eval", path, "--fail-if", "duration above 1ms")
    assert done.code == 3, done.out
    assert "has not taken all rows: the gate was not judged" in done.err
    assert not any(path.endswith("/compare") for _, path in server.requests)
