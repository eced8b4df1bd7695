"""Saved views of dataset rows: filters, split, columns and order under a name, at one dataset or at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site
from tests.ui.test_logs import rows
from tests.ui.test_logs_views import menu

pytestmark = [pytest.mark.browser]

EVENTS = [
    {"id": "a", "input": "b first", "expected": "z", "metadata": {"split": "test"}},
    {"id": "b", "input": "a second", "metadata": {"split": "test"}, "tags": ["starred"]},
    {"id": "c", "input": "c third", "expected": "y", "metadata": {"split": "train"}},
]


class Two:
    """Two datasets of a project of their own, with three rows each."""

    def __init__(self, site: Site, name: str) -> None:
        self.ask = site.server.request
        self.project = self.ask("POST", "/v1/project", {"name": name})["id"]
        self.path = f"/app/local/p/{name}/datasets"
        self.ids = [self._dataset(one) for one in ("first", "second")]

    def _dataset(self, name: str) -> str:
        made = self.ask("POST", "/v1/dataset", {"project_id": self.project, "name": name})["id"]
        for event in EVENTS:  # one after the other, so that the newest is known
            self.ask("POST", f"/v1/dataset/{made}/insert", {"events": [event]})
        return made

    def views(self, object_type: str, object_id: str) -> list[dict[str, Any]]:
        query = f"object_type={object_type}&object_id={object_id}&view_type=dataset"
        return self.ask("GET", f"/v1/view?{query}")["objects"]


@pytest.fixture
def two(site: Site, page: Page, request: pytest.FixtureRequest) -> Iterator[Two]:
    made = Two(site, f"rows {request.node.name[:40]}")
    yield made
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{made.project}")


def save_as(page: Page, name: str, where: str | None = None) -> None:
    menu(page, "Save as a new view")
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name").fill(name)
    if where:
        dialog.get_by_label(where).check()
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**view=**")


def heads(page: Page) -> list[str | None]:
    return [one.get_attribute("title") for one in page.get_by_role("columnheader").all()][1:]


def test_a_view_keeps_filters_split_columns_and_order(page: Page, two: Two) -> None:
    page.goto(f"{two.path}/first")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("group", name="Splits").get_by_role("button", name="test").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("columnheader", name="Input").get_by_role("button").click()
    page.get_by_role("columnheader", name="Input").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Input")).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).first).to_contain_text("a second")
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Origin").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    page.get_by_role("columnheader", name="Tags").locator("span").first.drag_to(
        page.get_by_role("columnheader", name="Expected")
    )
    columns = ["Starred", "Input", "Tags", "Expected", "Metadata", "Created"]
    expect(page.get_by_role("columnheader", name="Origin")).to_have_count(0)
    assert heads(page) == columns
    rows(page).first.get_by_text("a second").click()
    save_as(page, "Hard ones")
    (view,) = two.views("dataset", two.ids[0])
    kept = parse_qs(urlsplit(view["options"]["address"]).query)
    assert view["name"] == "Hard ones"
    assert (kept["f"], kept["o"], kept["hide"]) == (["metadata.split = 'test'"], ["input"], ["origin"])
    assert "r" not in kept, "the open row is no part of a view"
    page.goto(f"{two.path}/first?q=nothing")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    menu(page, "Hard ones")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("a second")
    assert heads(page) == columns
    page.goto(f"{two.path}/second")
    expect(rows(page)).to_have_count(3)
    page.get_by_title("Choose a view").click()
    expect(page.get_by_role("menu")).to_contain_text("All rows")
    expect(page.get_by_role("menu")).not_to_contain_text("Hard ones")
    page.keyboard.press("Escape")


def test_a_view_of_every_dataset_opens_them_and_leaves_the_version_alone(page: Page, two: Two) -> None:
    page.goto(f"{two.path}/first")
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(rows(page)).to_have_count(1)
    save_as(page, "Stars", "At every dataset of the project")
    (view,) = two.views("project", two.project)
    menu(page, "Open with this view")
    page.goto(f"{two.path}/second")
    page.wait_for_url(f"**view={view['id']}**")
    expect(rows(page)).to_have_count(1)
    versions = {row["id"]: row["_xact_id"] for row in two.ask(
        "POST", "/btql", {"query": f"SELECT id, _xact_id FROM dataset('{two.ids[1]}')", "fmt": "json"}
    )["data"]}  # fmt: skip
    page.goto(f"{two.path}/second?v={versions['a']}")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_title("Choose a view")).to_have_text("All rows")
    expect(rows(page).first).to_contain_text("b first")
    menu(page, "Stars")
    expect(page.get_by_text("Nothing matches")).to_be_visible()  # the row with the star came later
    assert f"v={versions['a']}" in page.url
    menu(page, "All rows")
    expect(rows(page)).to_have_count(1)
    assert f"v={versions['a']}" in page.url


def test_changes_are_kept_and_a_view_is_deleted_and_brought_back(page: Page, two: Two) -> None:
    page.goto(f"{two.path}/first?f=metadata.split+=+'test'")
    save_as(page, "Mine")
    page.get_by_role("button", name="Starred", exact=True).click()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("changed")).to_be_visible()
    menu(page, "Save changes to “Mine”")
    expect(page.get_by_label("changed")).to_have_count(0)
    (view,) = two.views("dataset", two.ids[0])
    assert "starred" in view["options"]["address"]
    menu(page, "Delete “Mine”")
    expect(rows(page)).to_have_count(3)
    assert two.views("dataset", two.ids[0]) == []
    page.get_by_role("button", name="Bring it back").click()
    expect(rows(page)).to_have_count(1)
    assert [one["name"] for one in two.views("dataset", two.ids[0])] == ["Mine"]
    page.get_by_title(re.compile("^(Choose a view|This view)")).click()
    assert serious_violations(page) == []
