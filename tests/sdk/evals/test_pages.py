"""The examples of docs/evals.md and docs/scorers.md run as printed, top to bottom."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[3] / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(
        r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def last_choice(request: dict[str, Any]) -> dict[str, Any]:
    choice = request["tools"][0]["function"]["parameters"]["properties"]["choice"]["enum"][-1]
    call = {
        "function": {"name": "select_choice", "arguments": json.dumps({"reasons": "r", "choice": choice})}
    }
    return {"model": "m", "choices": [{"message": {"tool_calls": [call]}}]}


@pytest.mark.parametrize(("page", "count"), [("evals.md", 10), ("scorers.md", 5)])
def test_examples_run(server: Any, page: str, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"id": "r1", "input": "Ann", "expected": "Hi Ann", "is_root": True, "error": None, "_xact_id": "1"}
    server.answers["/v1/proxy/chat/completions"] = last_choice
    server.answers["/v1/dataset/d1/fetch"] = lambda body: {"events": [row], "cursor": None}
    server.answers["/v1/dataset"] = lambda body: {"id": "d1", "name": "names", "project_id": "p1"}
    server.answers["/api/base_experiment/get_id"] = lambda body: {"base_exp_id": "base"}
    server.answers["/v1/experiment/base/fetch"] = lambda body: {"events": [row], "cursor": None}
    server.answers["/v1/experiment/base"] = lambda body: {"id": "base", "name": "v0", "project_id": "p1"}
    found = blocks(page)
    assert len(found) == count
    namespace: dict[str, Any] = {}
    for number, block in enumerate(found):
        if "stop_early" in block:  # it asks once, before it starts, what it is compared with: nothing, here
            path = f"/v1/experiment/e{len(server.experiments) + 1}/compare"
            server.answers[path] = lambda body, path=path: server.answers.pop(path) and {"baseline": None}
        exec(compile(block, f"{page} block {number}", "exec"), namespace)
    printed = capsys.readouterr()
    assert ("1.0\n" in printed.out) if page == "evals.md" else ("1.0 varied r\n" in printed.out)


def test_every_option_of_eval_is_described() -> None:
    from assay.evals.evaluator import EvalOptions

    page = (DOCS / "evals.md").read_text(encoding="utf-8")
    assert [name for name in EvalOptions.__annotations__ if f"`{name}`" not in page] == []


def test_every_scorer_is_described() -> None:
    from assay import scorers

    page = (DOCS / "scorers.md").read_text(encoding="utf-8")
    bases = {"Heuristic", "JudgeError", "Score"}
    assert [name for name in scorers.__all__ if name not in bases and f"`{name}" not in page] == []
