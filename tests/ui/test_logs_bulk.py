"""What is done to several traces at once: tags, scores by hand, deleting, and files of every row."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet
import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

#: A file the page may write, in place of the dialog that asks for one.
PICK = """window.showSaveFilePicker = async ({ suggestedName }) => {
  const folder = await navigator.storage.getDirectory()
  return folder.getFileHandle(suggestedName, { create: true })
}"""
READ = """async (name) => {
  const folder = await navigator.storage.getDirectory()
  return (await (await folder.getFileHandle(name)).getFile()).text()
}"""


def select(page: Page, *labels: str) -> None:
    for label in labels:
        row = page.get_by_role("grid").get_by_role("row").filter(has_text=label)
        row.get_by_label("Select row").check()


def bar(page: Page, name: str) -> None:
    page.get_by_role("toolbar", name="Selected rows").get_by_role("button", name=name, exact=True).click()


def test_tags_go_on_and_off(page: Page, site: Site) -> None:
    site.project("tagging", 3)
    page.goto("/app/local/p/tagging/logs")
    select(page, "question 0", "question 2")
    bar(page, "Tag")
    dialog = page.get_by_role("dialog", name="Tag 2 rows")
    dialog.get_by_label("Add").fill("odd, <i>new</i>")
    dialog.get_by_role("button", name="seed").click()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 rows tagged")).to_be_visible()
    expect(page.get_by_role("toolbar", name="Selected rows")).to_have_count(0)
    expect(page.get_by_role("grid").get_by_text("<i>new</i>")).to_have_count(2)
    found = site.server.sql("SELECT id, tags FROM project_logs('tagging') WHERE is_root ORDER BY id")
    assert [row["tags"] for row in found] == [["odd", "<i>new</i>"], ["seed"], ["odd", "<i>new</i>"]]


def test_one_answer_scores_every_row(page: Page, site: Site) -> None:
    project_id = site.project("scoring", 3)
    choices = [{"name": "right", "value": 1}, {"name": "wrong", "value": 0}]
    for question in (
        {"name": "Correct", "score_type": "categorical", "categories": choices},
        {"name": "Why", "score_type": "free-form"},
    ):
        site.server.request("POST", "/v1/project_score", {"project_id": project_id, **question})
    page.goto("/app/local/p/scoring/logs")
    select(page, "question 1", "question 2")
    bar(page, "Score")
    dialog = page.get_by_role("dialog", name="Score 2 rows")
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_role("button", name="wrong").click()
    dialog.get_by_label("Why").fill("both the same")
    dialog.get_by_label("Why").blur()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 rows scored")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Correct")).to_be_visible()
    found = site.server.sql(
        "SELECT id, scores.Correct AS correct, metadata.review.Why AS why, metadata.user_id AS user_id "
        "FROM project_logs('scoring') WHERE is_root ORDER BY id"
    )
    assert [(row["correct"], row["why"]) for row in found] == [
        (None, None), (0, "both the same"), (0, "both the same"),
    ]  # fmt: skip
    assert [row["user_id"] for row in found] == ["user-0", "user-1", "user-2"]


def test_deleting_says_how_much_goes_and_takes_all_spans(page: Page, site: Site) -> None:
    site.project("deleting", 4)
    page.goto("/app/local/p/deleting/logs?r=trace-001")
    expect(page.get_by_role("region", name="Trace")).to_be_visible()
    select(page, "question 1", "question 3")
    bar(page, "Delete")
    dialog = page.get_by_role("dialog", name="Delete 2 traces?")
    expect(dialog).to_contain_text("2 traces with 6 spans will be gone")
    dialog.get_by_role("button", name="Cancel").click()
    assert site.server.sql("SELECT count(*) AS n FROM project_logs('deleting')") == [{"n": 12}]
    bar(page, "Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 traces with 6 spans deleted")).to_be_visible()
    expect(page.get_by_test_id("logs-count")).to_contain_text("2 traces")
    expect(page.get_by_role("region", name="Trace")).to_have_count(0)
    left = site.server.sql(
        "SELECT root_span_id, count(*) AS n FROM project_logs('deleting') GROUP BY 1 ORDER BY 1"
    )
    assert left == [{"root_span_id": "trace-000", "n": 3}, {"root_span_id": "trace-002", "n": 3}]


def test_a_refused_write_changes_nothing_and_says_so(rough_page: Page, site: Site) -> None:
    site.project("refused", 2)

    def refuse(route: Route) -> None:
        error = {"code": "forbidden", "message": "You may not write these logs.", "request_id": "abc"}
        route.fulfill(status=403, json={"error": error})

    rough_page.route("**/insert", refuse)
    rough_page.goto("/app/local/p/refused/logs")
    select(rough_page, "question 0")
    bar(rough_page, "Delete")
    rough_page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(rough_page.get_by_text("You may not write these logs.").first).to_be_visible()
    assert site.server.sql("SELECT count(*) AS n FROM project_logs('refused')") == [{"n": 6}]


def export(page: Page, kind: str) -> None:
    page.get_by_role("button", name="Copy as code or export").click()
    page.get_by_role("menuitem", name=f"Export as {kind}").click()


def test_an_export_streams_every_row_into_a_file(page: Page, site: Site) -> None:
    site.project("taking", 130)  # more than a page of the table
    page.add_init_script(PICK)
    page.goto("/app/local/p/taking/logs?f=metadata.tier+=+'free'&col=metadata.user_id+AS+\"Who, is\"&t=all")
    expect(page.get_by_test_id("logs-count")).to_contain_text("86 traces")
    export(page, "CSV")
    expect(page.get_by_text("taking-logs.csv is saved")).to_be_visible()
    rows = list(csv.DictReader(page.evaluate(READ, "taking-logs.csv").splitlines()))
    assert len(rows) == 86
    assert {row["Who, is"] for row in rows} == {"user-1", "user-2"}
    page.goto("/app/local/p/taking/logs?t=all")
    expect(page.get_by_test_id("logs-count")).to_contain_text("130 traces")
    export(page, "JSONL")
    expect(page.get_by_text("taking-logs.jsonl is saved")).to_be_visible()
    lines = [json.loads(line) for line in page.evaluate(READ, "taking-logs.jsonl").splitlines()]
    assert {line["id"] for line in lines} == {f"trace-{number:03}" for number in range(130)}
    page.goto("/app/local/p/taking/logs?view=users&t=all")
    expect(page.get_by_role("grid", name="Users")).to_be_visible()
    export(page, "JSONL")
    page.wait_for_function(
        f"async () => (await ({READ})('taking-logs.jsonl')).trim().split('\\n').length === 3"
    )


def test_browsers_that_write_no_files_download(page: Page, site: Site, tmp_path: Path) -> None:
    site.project("download", 5)
    page.add_init_script("delete window.showSaveFilePicker")
    page.goto("/app/local/p/download/logs")
    select(page, "question 1", "question 4")
    bar(page, "Export")
    with page.expect_download() as started:
        page.get_by_role("menuitem", name="Export as Parquet").click()
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    assert path.name == "download-selected.parquet"
    table = pyarrow.parquet.read_table(path, columns=["id"])
    assert sorted(table.column("id").to_pylist()) == ["trace-001", "trace-004"]
