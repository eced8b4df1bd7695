"""Datasets over time: versions, snapshots, the way back, comparisons, history of rows; and rows in and out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import BASE, Site
from tests.ui.test_logs import rows

pytestmark = [pytest.mark.browser]

NAME = "kept"
URL = f"{BASE}/datasets/{NAME}"


@dataclass(frozen=True)
class Kept:
    """A dataset with three versions: four rows; one changed, one deleted, one added; the changed one again."""

    site: Site
    id: str
    versions: list[str]

    def write(self, *events: dict[str, Any]) -> str:
        self.site.server.request("POST", f"/v1/dataset/{self.id}/insert", {"events": list(events)})
        (row,) = self.site.server.sql(f"SELECT max(_xact_id) AS version FROM dataset('{self.id}')")
        return str(row["version"])

    def stored(self, columns: str = "id, input, expected, metadata, tags") -> list[dict[str, Any]]:
        return self.site.server.sql(f"SELECT {columns} FROM dataset('{self.id}') ORDER BY id")


@pytest.fixture
def kept(site: Site) -> Iterator[Kept]:
    made = site.server.request("POST", "/v1/dataset", {"project_id": site.project_id, "name": NAME})
    dataset = Kept(site, made["id"], [])
    four = [
        {"id": f"r{i}", "input": f"question {i}", "expected": "old", "metadata": {"split": split}}
        for i, split in enumerate(["train", "train", "train", "test"])
    ]
    dataset.versions.append(dataset.write(*four))
    changed = {"id": "r1", "expected": "new words", "_is_merge": True}
    gone, added = {"id": "r2", "_object_delete": True}, {"id": "r9", "input": "<b>hostile</b>"}
    dataset.versions.append(dataset.write(changed, gone, added))
    dataset.versions.append(dataset.write({"id": "r1", "expected": "newest words", "_is_merge": True}))
    yield dataset
    site.server.request("DELETE", f"/v1/dataset/{made['id']}")


def menu(page: Page, version: str) -> None:
    page.get_by_role("button", name=f"Version {version}: what to do with it").click()


def changes(page: Page) -> Locator:
    return page.get_by_role("list", name="Changes").get_by_role("listitem")


def test_a_version_is_read_as_it_was_and_cannot_be_edited(page: Page, kept: Kept) -> None:
    page.goto(URL)
    page.get_by_role("button", name="Versions").click()
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_count(3)
    expect(versions.nth(1)).to_contain_text("2 rows written, 1 deleted")
    versions.nth(2).get_by_role("button").first.click()
    page.wait_for_url(f"**v={kept.versions[0]}**")
    expect(page.get_by_role("status").filter(has_text="Nothing can be edited here")).to_be_visible()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("button", name="Row", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Edit expected")).to_have_count(0)
    page.get_by_role("button", name="Back to now").click()
    expect(rows(page).filter(has_text="<b>hostile</b>")).to_have_count(1)


def test_a_snapshot_names_a_version_and_an_environment_uses_it(page: Page, site: Site, kept: Kept) -> None:
    environment = site.server.request("POST", "/environment", {"name": "Stage", "slug": "stage"})
    first = kept.versions[0]
    page.goto(f"{URL}?side=versions")
    menu(page, first)
    page.get_by_role("menuitem", name="Name it").click()
    page.get_by_role("textbox", name="Name").fill("release 1")
    page.get_by_role("button", name="Save", exact=True).click()
    entry = page.get_by_role("list", name="Versions").get_by_role("listitem").nth(2)
    expect(entry).to_contain_text("release 1")
    menu(page, first)
    page.get_by_role("menuitemcheckbox", name="Stage").click()
    expect(entry).to_contain_text("stage")
    pin = site.server.request("GET", f"/environment-object/dataset/{kept.id}/stage")
    assert pin["object_version"] == first
    page.keyboard.press("Escape")
    menu(page, first)
    page.get_by_role("menuitem", name="Delete the snapshot “release 1”").click()
    expect(entry).not_to_contain_text("release 1")
    site.server.request("DELETE", f"/environment/{environment['id']}")


def test_a_version_is_restored_after_its_counts_were_shown(page: Page, kept: Kept) -> None:
    page.goto(f"{URL}?v={kept.versions[0]}")
    page.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 rows will be written again, 1 row deleted.")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("2 rows written again, 1 deleted")).to_be_visible()
    expect(rows(page)).to_have_count(4)
    assert [(row["id"], row["expected"]) for row in kept.stored()] == [(f"r{i}", "old") for i in range(4)]


def test_two_versions_are_compared_field_by_field(page: Page, kept: Kept) -> None:
    page.goto(f"{URL}?vs={kept.versions[0]}")
    expect(changes(page)).to_have_count(3)
    changed = changes(page).filter(has_text="changed")
    expect(changed.locator("del")).to_have_text("old")
    expect(changed.locator("ins")).to_have_text("newest words")
    page.get_by_role("button", name="1 removed").click()
    expect(changes(page)).to_have_count(1)
    expect(changes(page)).to_contain_text("r2")
    page.goto(f"{URL}?v={kept.versions[1]}&vs={kept.versions[2]}")
    expect(changes(page)).to_have_count(1)


def test_a_row_has_a_history_and_goes_back(page: Page, kept: Kept) -> None:
    page.goto(f"{URL}?r=r1")
    page.get_by_role("button", name="History").click()
    entries = page.get_by_role("list", name="History").get_by_role("listitem")
    expect(entries).to_have_count(3)
    expect(entries.first.locator("ins")).to_have_text("newest")
    entries.last.get_by_role("button", name="Revert to this").click()
    expect(entries).to_have_count(4)
    row = next(row for row in kept.stored() if row["id"] == "r1")
    assert (row["expected"], row["metadata"]) == ("old", {"split": "train"})


def test_splits_filter_and_selected_rows_move_to_another(page: Page, kept: Kept) -> None:
    page.goto(URL)
    splits = page.get_by_role("group", name="Splits")
    splits.get_by_role("button", name="test").click()
    expect(rows(page)).to_have_count(1)
    rows(page).first.get_by_role("checkbox").check()
    toolbar = page.get_by_role("toolbar", name="Selected rows")
    toolbar.get_by_role("button", name="Split").click()
    page.get_by_role("dialog", name="Split").get_by_role("button", name="train").click()
    expect(page.get_by_text("1 row put into train")).to_be_visible()
    expect(splits.get_by_role("button", name="train 3")).to_be_visible()
    assert {row["id"]: row["metadata"] for row in kept.stored()}["r3"] == {"split": "train"}
    page.get_by_role("button", name="Undo").click()
    expect(splits.get_by_role("button", name="test 1")).to_be_visible()
    assert {row["id"]: row["metadata"] for row in kept.stored()}["r3"] == {"split": "test"}
    splits.get_by_role("button", name="train 2").click()
    expect(rows(page)).to_have_count(2)
    rows(page).first.get_by_role("checkbox").check()
    toolbar.get_by_role("button", name="Tag").click()
    page.get_by_role("textbox", name="Tag").fill("hard")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 row tagged hard")).to_be_visible()
    assert sum(row["tags"] == ["hard"] for row in kept.stored()) == 1


def test_a_file_is_imported_with_its_columns_mapped_and_its_errors_named(
    page: Page, kept: Kept, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text('question,days,answer,tags\n"Is it, ""here""?",3,yes,"a, b"\nshort\n,,,\nWhy?,4,no,\n')
    page.goto(URL)
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="Import or paste rows").click()
    dialog = page.get_by_role("dialog", name="Import rows")
    dialog.get_by_label("File").set_input_files(file)
    problems = dialog.get_by_role("alert").get_by_role("listitem")
    expect(problems).to_have_text(["Line 3: 1 cell, the heading has 4", "Line 4: nothing to be the input"])
    dialog.get_by_label("days becomes").select_option("Input")
    dialog.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text(f"2 rows added to {NAME}")).to_be_visible()
    made = [row for row in kept.stored() if not row["id"].startswith("r")]
    assert sorted((row["input"]["question"], row["input"]["days"], row["expected"]) for row in made) == [
        ('Is it, "here"?', "3", "yes"),
        ("Why?", "4", "no"),
    ]
    assert [row["tags"] for row in made if row["tags"]] == [["a", "b"]]


def test_rows_the_server_refuses_are_named_and_the_others_written(
    rough_page: Page, kept: Kept, tmp_path: Path
) -> None:
    page = rough_page
    page.goto(URL)
    page.get_by_role("button", name="Import and export").click()
    page.get_by_role("menuitem", name="Import or paste rows").click()
    dialog = page.get_by_role("dialog", name="Import rows")
    long = "x" * 3000
    dialog.get_by_label("Rows", exact=True).fill(f"id\tinput\n{long}\tbad\nfine\tgood")
    dialog.get_by_role("button", name="Import 2 rows").click()
    expect(dialog.get_by_role("alert")).to_contain_text("1 row written; the server refused 1:")
    expect(dialog.get_by_role("listitem")).to_contain_text("Line 2:")
    assert [row["input"] for row in kept.stored() if row["id"] == "fine"] == ["good"]


def test_what_is_on_show_is_exported(page: Page, kept: Kept) -> None:
    page.add_init_script("delete window.showSaveFilePicker")  # a browser that writes no files itself
    page.goto(f"{URL}?v={kept.versions[0]}")
    page.get_by_role("button", name="Import and export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export JSONL").click()
    assert download.value.suggested_filename == f"{NAME}.jsonl"
    text = Path(download.value.path()).read_text()
    assert sorted(re.findall(r'"id":\s?"(r\d)"', text)) == ["r0", "r1", "r2", "r3"]


def test_each_row_shows_how_it_did_in_experiments(page: Page, site: Site, kept: Kept) -> None:
    for name, wins in (("run-a", {"r0", "r1"}), ("run-b", {"r0"})):
        body = {"project_id": site.project_id, "name": name, "dataset_id": kept.id}
        made = site.server.request("POST", "/v1/experiment", body)
        origin = {"object_type": "dataset", "object_id": kept.id}
        events = [
            {
                "id": f"{name}-{row}", "input": row, "output": "x", "scores": {"Exact": int(row in wins)},
                "origin": {**origin, "id": row},
            }
            for row in ("r0", "r1", "r3")
        ]  # fmt: skip
        site.server.request("POST", f"/v1/experiment/{made['id']}/insert", {"events": events})
    page.goto(URL)
    page.get_by_role("button", name="Performance").click()
    grid = page.get_by_role("grid", name="Performance")
    expect(grid.get_by_role("row")).to_have_count(4)
    texts = [re.sub(r"\s+", " ", text) for text in grid.get_by_role("row").all_inner_texts()]
    assert [text.split(" ")[-3:] for text in texts[1:]] == [
        ["0.00", "0.00", "0.00"],
        ["0.50", "0.00", "1.00"],
        ["1.00", "1.00", "1.00"],
    ]
    assert [text.split(" 0.")[0].split(" 1.")[0] for text in texts[1:]] == [
        "question 3",
        "question 1",
        "question 0",
    ]
    grid.get_by_role("link").first.click()
    page.wait_for_url("**/experiments/run-b?r=**")


def test_versions_read_on_a_phone(phone: Page, kept: Kept) -> None:
    phone.goto(f"{URL}?side=versions")
    phone.get_by_role("list", name="Versions").get_by_role("listitem").nth(2).get_by_role(
        "button"
    ).first.click()
    expect(phone.get_by_role("status").filter(has_text="Nothing can be edited here")).to_be_in_viewport()
    expect(phone.get_by_role("list", name="Versions")).to_have_count(0)
    phone.goto(f"{URL}?vs={kept.versions[0]}")
    expect(changes(phone)).to_have_count(3)
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
