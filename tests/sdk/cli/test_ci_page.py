"""What docs/ci.md says is so: its conditions are read, its workflow fits the action, its codes are those."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from assay.cli import failures
from assay.evals.conditions import parse_condition

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]


CONDITIONS = [
    *re.findall(r"^\| `([^`]+)` \| ", section("Conditions"), re.MULTILINE),
    *re.findall(r'--fail-if "([^"]+)"', PAGE),
]


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_of_the_page_are_conditions(text: str) -> None:
    parse_condition(text)


def test_the_table_of_conditions_is_where_this_test_looks() -> None:
    assert len(CONDITIONS) > 10
    assert {parse_condition(text).verb for text in CONDITIONS} == {
        "drops", "rises", "worsens", "below", "above", "regression"
    }  # fmt: skip


def test_exit_codes() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert codes == {
        0, failures.FAILED, 2, failures.NO_SERVER, failures.GATE_FAILED, failures.BUDGET_SPENT, failures.INTERRUPTED
    }  # fmt: skip


def test_the_workflow_uses_the_action_as_it_is() -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", section("GitHub"), re.DOTALL)
    steps = yaml.safe_load(text)["jobs"]["evaluate"]["steps"]
    action = yaml.safe_load((ROOT / ".github/actions/eval/action.yml").read_text(encoding="utf-8"))
    used = next(step["with"] for step in steps if "/.github/actions/eval@" in step["uses"])
    assert set(used) <= set(action["inputs"])
    for line in used["fail-if"].splitlines():
        parse_condition(line)
    described = {name for row in re.findall(r"^\| (`.*?) \| ", section("GitHub"), re.MULTILINE)
                 for name in re.findall(r"`([a-z-]+)`", row)}  # fmt: skip
    assert described == set(action["inputs"])
    outputs = section("GitHub").partition("Outputs: ")[2].partition(".")[0]
    assert set(re.findall(r"`([a-z-]+)`", outputs)) == set(action["outputs"])
