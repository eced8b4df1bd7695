"""What is done with experiments and their cases: taken away, sent to reviewers, compared, deleted."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.ui.compared import CASES, PAGE
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


def test_an_experiment_is_taken_away_whole(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"{PAGE}/odd?panel=details")
    for label, suffix in (
        ("Cases as CSV", "csv"),
        ("Cases as JSON lines", "jsonl"),
        ("Cases as Parquet", "parquet"),
    ):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as started:
            page.get_by_role("menuitem", name=label).click()
        assert started.value.suggested_filename == f"odd.{suffix}"
        content = started.value.path().read_bytes()
        if suffix == "jsonl":
            rows = [json.loads(line) for line in content.splitlines()]
            assert {row["root_span_id"] for row in rows} == {
                f"odd-{case}-{trial}" for case in range(CASES) for trial in range(2)
            }
            [first] = [row for row in rows if row["root_span_id"] == "odd-0-1"]
            assert (first["output"], first["scores"]) == ("odd answers 0", {"Right": 0})
        elif suffix == "csv":
            assert content.count(b"odd answers") == 2 * CASES
        else:
            assert content.startswith(b"PAR1")


def test_selected_experiments_are_compared_or_deleted(page: Page, site: Site, runs: dict[str, str]) -> None:
    page.goto(PAGE)
    table = page.get_by_role("grid", name="Experiments")
    for name in ("sure", "plain"):
        table.get_by_role("row").filter(has=page.get_by_text(name, exact=True)).get_by_role(
            "checkbox"
        ).check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/sure?c=plain")
    project = site.server.request("GET", f"/v1/experiment/{runs['sure']}")["project_id"]
    doomed = site.server.request("POST", "/v1/experiment", {"project_id": project, "name": "to be deleted"})[
        "id"
    ]
    page.goto(PAGE)
    row = table.get_by_role("row").filter(has=page.get_by_text("to be deleted", exact=True))
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete 1 experiment?")
    expect(dialog).to_contain_text("to be deleted")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)  # what is behind it cannot be found while it is open
    expect(row).to_have_count(0)
    left = site.server.request("GET", f"/v1/experiment?project_id={project}")["objects"]
    assert doomed not in {item["id"] for item in left}
    assert set(runs.values()) <= {item["id"] for item in left}
