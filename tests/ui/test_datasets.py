"""Datasets: edits are checked, saved as they read, and taken back when the server refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import serious_violations
from tests.ui.conftest import BASE, PROJECT, Site
from tests.ui.test_logs import rows

pytestmark = [pytest.mark.browser]


@pytest.fixture
def dataset(site: Site) -> Iterator[dict[str, Any]]:
    made = site.server.request("POST", "/v1/dataset", {"project_id": site.project_id, "name": "cases"})
    event = {
        "id": "one",
        "input": "first",
        "expected": {"a": 1, "b": 2},
        "metadata": {"tier": "pro"},
        "tags": ["x"],
    }
    site.server.request("POST", f"/v1/dataset/{made['id']}/insert", {"events": [event]})
    yield made
    site.server.request("DELETE", f"/v1/dataset/{made['id']}")


def saved(page: Page) -> Any:
    """Waits for the answer to a write: the page shows an edit before it is stored."""
    return page.expect_response(lambda response: response.url.endswith("/insert") and response.ok)


def stored(site: Site, dataset: dict[str, Any]) -> list[dict[str, Any]]:
    columns = "id, input, expected, metadata, tags"
    return site.server.sql(f"SELECT {columns} FROM dataset('{dataset['id']}') ORDER BY created")


def test_a_cell_is_edited_in_place(page: Page, site: Site, dataset: dict[str, Any]) -> None:
    page.goto(f"{BASE}/datasets/cases")
    rows(page).first.hover()
    page.get_by_role("button", name="Edit expected").click()
    editor = page.get_by_role("dialog").get_by_role("textbox")
    editor.fill('{"a": }')
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(
        "Line 1, column 7: a value was expected, not }"
    )
    expect(page.get_by_role("button", name=re.compile("^Save"))).to_be_disabled()
    editor.fill('{"a": 3}')
    with saved(page):
        editor.press("Control+Enter")
    expect(rows(page).first).to_contain_text("3")
    (row,) = stored(site, dataset)
    assert row["expected"] == {"a": 3}, "keys that were removed must be gone"
    assert (row["input"], row["metadata"], row["tags"]) == ("first", {"tier": "pro"}, ["x"])


def test_a_refused_edit_is_taken_back(rough_page: Page, site: Site, dataset: dict[str, Any]) -> None:
    rough_page.goto(f"{BASE}/datasets/cases")
    body = {"error": {"code": "unavailable", "message": "The store is restarting.", "request_id": "r1"}}
    rough_page.route("**/insert", lambda route: route.fulfill(status=503, json=body))
    rows(rough_page).first.hover()
    rough_page.get_by_role("button", name="Edit input").click()
    rough_page.get_by_role("dialog").get_by_role("textbox").fill("changed")
    rough_page.get_by_role("button", name=re.compile("^Save")).click()
    notice = rough_page.get_by_role("region", name="Notifications")
    expect(notice).to_contain_text("The change was not saved")
    expect(notice).to_contain_text("The store is restarting.")
    expect(rows(rough_page).first).to_contain_text("first")
    assert stored(site, dataset)[0]["input"] == "first"


def test_rows_are_added_deleted_and_brought_back(page: Page, site: Site, dataset: dict[str, Any]) -> None:
    page.goto(f"{BASE}/datasets/cases")
    page.get_by_role("button", name="Row", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Input").fill('{"question": "why?"}')
    dialog.get_by_label("Expected").fill("because")
    dialog.get_by_label("Tags").fill("new, hard")
    dialog.get_by_role("button", name="Add row").click()
    expect(rows(page)).to_have_count(2)
    added = stored(site, dataset)[1]
    assert (added["input"], added["expected"], added["tags"]) == (
        {"question": "why?"},
        "because",
        ["new", "hard"],
    )
    rows(page).filter(has_text="why?").click()
    page.get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_count(1)
    with saved(page):
        page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(2)
    assert stored(site, dataset)[1]["input"] == {"question": "why?"}


def test_selected_traces_become_rows_with_their_origin(
    page: Page, site: Site, dataset: dict[str, Any]
) -> None:
    page.goto(f"{BASE}/logs?f=metadata.tier+%3D+%27pro%27")
    for number in (1, 2, 3):
        rows(page).nth(number).get_by_role("checkbox").check()
    page.get_by_role("button", name="Add to dataset").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("cases").check()
    expect(dialog.get_by_text("The first row will be")).to_be_visible()
    expect(dialog.get_by_role("button", name="nothing")).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="Add 3 rows").click()
    expect(page.get_by_text("3 rows added to cases")).to_be_visible()
    query = f"SELECT input, expected, origin FROM dataset('{dataset['id']}') WHERE origin IS NOT NULL ORDER BY input"
    made = site.server.sql(query)
    assert [row["input"] for row in made] == ["question 3", "question 6", "question 9"]
    assert {row["expected"] for row in made} == {None}
    assert made[0]["origin"]["object_id"] == site.project_id
    assert made[0]["origin"]["id"] == "trace-003"
    assert PROJECT in page.url


def test_a_field_with_a_schema_is_edited_in_a_form(page: Page, site: Site, dataset: dict[str, Any]) -> None:
    """The schema is taken from the rows, kept in the dataset, and what does not fit it is pointed out."""
    page.goto(f"{BASE}/datasets/cases")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="What rows look like …").click()
    dialog = page.get_by_role("dialog", name="What rows look like")
    dialog.get_by_label("Input").fill("[1")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("button", name="Take it from the rows on show").click()
    assert serious_violations(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    schemas = site.server.request("GET", f"/v1/dataset/{dataset['id']}")["metadata"]["__schemas"]
    members = {"a": {"type": "integer"}, "b": {"type": "integer"}}
    assert schemas["expected"] == {"type": "object", "properties": members, "required": ["a", "b"]}
    assert schemas["input"] == {"type": "string"}

    rows(page).first.hover()
    page.get_by_role("button", name="Edit expected").click()
    editor = page.get_by_role("dialog", name="Edit expected")
    expect(editor.get_by_role("button", name="Form")).to_have_attribute("aria-pressed", "true")
    expect(editor.get_by_label("a (needed)")).to_have_value("1")
    editor.get_by_label("a (needed)").fill("")
    expect(editor.get_by_role("status")).to_have_text("a is missing")
    editor.get_by_label("a (needed)").fill("7")
    expect(editor.get_by_role("status")).to_have_count(0)
    editor.get_by_role("button", name="JSON").click()
    expect(editor.get_by_role("textbox")).to_have_value(re.compile('"a": 7'))
    editor.get_by_role("button", name="Form").click()
    with saved(page):
        editor.get_by_label("b (needed)").press("Control+Enter")
    assert stored(site, dataset)[0]["expected"] == {"a": 7, "b": 2}


def star(page: Page, at: int) -> Any:
    return rows(page).nth(at).get_by_role("button", name="Star", exact=True)


def test_rows_are_starred_by_click_and_key_and_found(page: Page, site: Site, dataset: dict[str, Any]) -> None:
    path = f"/v1/dataset/{dataset['id']}/insert"
    site.server.request("POST", path, {"events": [{"id": "two", "input": "second"}]})
    page.goto(f"{BASE}/datasets/cases")
    expect(rows(page)).to_have_count(2)
    # Somebody tags the row after the page has read it.
    site.server.request("POST", path, {"events": [{"id": "one", "tags": ["x", "y"], "_is_merge": True}]})
    with saved(page):
        star(page, 1).click()
    expect(star(page, 1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("region", name="Row", exact=True)).to_have_count(0)
    assert [row["tags"] for row in stored(site, dataset)] == [["x", "y", "starred"], None]
    assert (stored(site, dataset)[0]["input"], stored(site, dataset)[0]["metadata"]) == (
        "first",
        {"tier": "pro"},
    )
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("first")
    page.reload()
    expect(page.get_by_role("button", name="Starred", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    with saved(page):
        page.keyboard.press("s")
    expect(star(page, 0)).to_have_attribute("aria-pressed", "true")
    assert [row["tags"] for row in stored(site, dataset)] == [["x", "y", "starred"], ["starred"]]
    rows(page).first.get_by_text("second").click()
    panel = page.get_by_role("region", name="Row", exact=True)
    with saved(page):
        panel.get_by_role("button", name="Star", exact=True).click()
    expect(panel.get_by_role("button", name="Star", exact=True)).to_have_attribute("aria-pressed", "false")
    assert [row["tags"] for row in stored(site, dataset)] == [["x", "y", "starred"], None]
    assert serious_violations(page) == []


def test_a_star_brings_no_row_back(rough_page: Page, site: Site, dataset: dict[str, Any]) -> None:
    page = rough_page
    page.goto(f"{BASE}/datasets/cases")
    expect(rows(page)).to_have_count(1)
    path = f"/v1/dataset/{dataset['id']}/insert"
    site.server.request("POST", path, {"events": [{"id": "one", "_object_delete": True}]})
    star(page, 0).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody deleted it meanwhile.")
    expect(rows(page)).to_have_count(0)
    assert stored(site, dataset) == []


def test_selected_rows_are_starred_and_old_versions_are_not(
    page: Page, site: Site, dataset: dict[str, Any]
) -> None:
    path = f"/v1/dataset/{dataset['id']}/insert"
    site.server.request("POST", path, {"events": [{"id": "two", "input": "second", "tags": ["starred"]}]})
    page.goto(f"{BASE}/datasets/cases")
    page.get_by_label("Select all loaded rows").check()
    bar = page.get_by_role("toolbar", name="Selected rows")
    with saved(page):
        bar.get_by_role("button", name="Star", exact=True).click()
    expect(page.get_by_text("2 rows starred")).to_be_visible()
    assert [row["tags"] for row in stored(site, dataset)] == [["x", "starred"], ["starred"]]
    with saved(page):
        page.get_by_role("button", name="Undo").click()
    expect(star(page, 1)).to_have_attribute("aria-pressed", "false")
    assert [row["tags"] for row in stored(site, dataset)] == [["x"], ["starred"]]
    version = site.server.sql(f"SELECT max(_xact_id) AS v FROM dataset('{dataset['id']}')")[0]["v"]
    page.goto(f"{BASE}/datasets/cases?v={version}")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("img", name="Starred")).to_have_count(2)  # one row, and the head of the column
    expect(page.get_by_role("button", name="Star", exact=True)).to_have_count(0)


def test_a_dataset_is_renamed_described_and_deleted(page: Page, site: Site) -> None:
    ask = site.server.request
    ids = [
        ask("POST", "/v1/dataset", {"project_id": site.project_id, "name": name})["id"]
        for name in ("to be named", "taken name")
    ]
    ask("POST", f"/v1/dataset/{ids[0]}/insert", {"events": [{"input": "one"}, {"input": "two"}]})
    page.goto(f"{BASE}/datasets/to%20be%20named?f=input+%3D+%27one%27")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="Name and description …").click()
    dialog = page.get_by_role("dialog", name="Name and description")
    dialog.get_by_label("Name").fill("taken name")
    expect(dialog.get_by_role("alert")).to_have_text("There is one called taken name already.")
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Name").fill("better name")
    dialog.get_by_label("Description").fill("what it is for")
    dialog.get_by_role("button", name="Save").click()
    page.wait_for_url("**/datasets/better%20name?f=**")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_text("what it is for")).to_be_visible()
    kept = ask("GET", f"/v1/dataset/{ids[0]}")
    assert (kept["name"], kept["description"]) == ("better name", "what it is for")
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="Delete the dataset …").click()
    dialog = page.get_by_role("dialog", name="Delete better name?")
    expect(dialog).to_contain_text("Its 2 rows go with it")
    dialog.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/datasets$"))
    expect(page.get_by_role("link", name="taken name")).to_be_visible()
    expect(page.get_by_role("link", name="better name")).to_have_count(0)
    left = ask("GET", f"/v1/dataset?project_id={site.project_id}")["objects"]
    assert ids[0] not in {item["id"] for item in left}
    page.goto("about:blank")
    ask("DELETE", f"/v1/dataset/{ids[1]}")
