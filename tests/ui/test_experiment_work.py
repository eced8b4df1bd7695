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
    assert runs


def test_selected_cases_are_sent_to_queues(page: Page, site: Site, runs: dict[str, str]) -> None:
    """To one that is there, as answers; to a new one of pairs, candidate against baseline."""
    ask = site.server.request
    project = ask("GET", f"/v1/experiment/{runs['odd']}")["project_id"]
    made = ask("POST", "/v1/review_queue", {"project_id": project, "name": "Answers"})["id"]
    found = ask("GET", f"/v1/experiment/{runs['odd']}/cases?to={runs['plain']}&limit=2")["cases"]
    page.goto(f"{PAGE}/odd?c=plain")
    bar = page.get_by_role("toolbar", name="Selected cases")

    def choose() -> None:
        for case in found:
            row = page.get_by_role("row").filter(has_text=case["input"]["question"]).first
            row.get_by_role("checkbox").check()
        expect(bar).to_contain_text("2 cases selected")
        bar.get_by_role("button", name="Send to review queue").click()

    choose()
    dialog = page.get_by_role("dialog", name="Send 2 cases to a review queue")
    dialog.get_by_label("Answers").check()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("2 items added")).to_be_visible()
    expect(bar).to_have_count(0)
    items = ask("GET", f"/v1/review_queue/{made}/items")["objects"]
    assert [[place["row_id"] for place in item["sources"]] for item in items] == [
        [one["row_id"]] for one in found
    ]

    choose()
    dialog.get_by_role("button", name="New queue").click()
    new = page.get_by_role("dialog", name="New review queue")
    new.get_by_label("Name").fill("Which is better")
    new.get_by_role("radio", name="Two outputs side by side").check()
    new.get_by_role("button", name="Make queue").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(bar).to_have_count(0)
    (pairs,) = [
        queue["id"]
        for queue in ask("GET", f"/v1/review_queue?project_id={project}")["objects"]
        if queue["name"] == "Which is better"
    ]
    sent = [
        {(place["object_id"], place["row_id"]) for place in item["sources"]}
        for item in ask("GET", f"/v1/review_queue/{pairs}/items")["objects"]
    ]
    assert sent == [
        {(runs["odd"], one["row_id"]), (runs["plain"], one["baseline"]["row_id"])} for one in found
    ]
    for queue in (made, pairs):
        ask("DELETE", f"/v1/review_queue/{queue}")


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
