"""Three experiments of forty cases, two trials each, that pages compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.verdicts.traces import Row, eval_trace

if TYPE_CHECKING:
    from tests.ui.conftest import Site

PROJECT = "compared"
PAGE = f"/app/local/p/{PROJECT}/experiments"
CASES = 40


def answers(name: str, case: int) -> list[float]:
    """The score of each trial: `plain` wavers on every fifth case, `sure` passes most, `odd` is `plain` but for one."""
    if name == "sure":
        return [1.0 if case % 8 else 0.0] * 2
    if case % 5 == 0:
        return [1.0, 0.0]
    return [float(case % 2)] * 2


def rows_of(name: str) -> list[Row]:
    """Forty cases, two trials each; the last of `sure` is a case of its own, its tenth was edited."""
    rows: list[Row] = []
    for case in range(CASES):
        question: Any = {"question": f"number {case}", "lang": "de" if case % 4 else "en"}
        if name == "sure" and case == CASES - 1:
            question["question"] = "only here"
        if name == "sure" and case == 10:
            question["question"] = "number ten"
        for trial, value in enumerate(answers(name, case)):
            rows += eval_trace(
                f"{name}-{case}-{trial}",
                input=question,
                output=f"{name} answers {case}",
                scores={"Right": value},
                at=10 * case + trial,
                tokens=100 + case,
                metadata={"tier": "pro" if case % 2 else "free", "talk": case // 4},
                origin={"object_type": "dataset", "object_id": "d", "id": f"row {case}"}
                if case < CASES - 1 or name != "sure"
                else None,
            )
    return rows


def write_runs(site: Site) -> dict[str, str]:
    """Ids of three experiments by name, oldest first."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})["id"]
    ids: dict[str, str] = {}
    for name in ("plain", "odd", "sure"):
        made = site.server.request(
            "POST",
            "/v1/experiment",
            {"project_id": project, "name": name, "dataset_version": "2" if name == "sure" else "1"},
        )
        ids[name] = made["id"]
        common = {"project_id": project, "experiment_id": made["id"]}
        site.server.request("POST", "/logs3", {"rows": [{**row, **common} for row in rows_of(name)]})
    return ids
