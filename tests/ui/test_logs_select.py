"""Choosing rows: a range with Shift, and on a phone, where a tap opens a row until one asks to select."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import PHONE
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "choosing"
LOGS = f"/app/local/p/{PROJECT}/logs"


@pytest.fixture(scope="module", autouse=True)
def project(site: Site) -> Iterator[str]:
    project = site.project(PROJECT, 12)
    yield project
    site.server.request("DELETE", f"/v1/project/{project}")


def boxes(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="Select row")


def chosen(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selected rows")


def test_shift_takes_a_range_in_either_direction(page: Page) -> None:
    page.goto(LOGS)
    boxes(page).nth(7).click()
    boxes(page).nth(2).click(modifiers=["Shift"])
    expect(chosen(page)).to_contain_text("6 rows selected")
    boxes(page).nth(4).click(modifiers=["Shift"])
    expect(chosen(page)).to_contain_text("3 rows selected")
    boxes(page).nth(11).click()
    expect(chosen(page)).to_contain_text("4 rows selected")


def test_a_phone_selects_too(phone: Page, site: Site, project: str) -> None:
    phone.goto(LOGS)
    row = phone.get_by_role("row").filter(has_text="question 3")
    expect(boxes(phone)).to_have_count(0)
    phone.get_by_role("button", name="Select", exact=True).click()
    expect(boxes(phone)).not_to_have_count(0)
    row.click()
    phone.get_by_role("row").filter(has_text="question 5").click()
    expect(chosen(phone)).to_contain_text("2 rows selected")
    assert serious_violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    chosen(phone).get_by_role("button", name="Tag").click()
    phone.get_by_role("dialog").get_by_label("Add").fill("by thumb")
    phone.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    sql = f"SELECT id FROM project_logs('{project}') WHERE tags INCLUDES 'by thumb' ORDER BY id"
    found = site.server.request("POST", "/btql", {"query": sql, "fmt": "json"})["data"]
    assert [one["id"] for one in found] == ["trace-003", "trace-005"]
    phone.get_by_role("button", name="Done").click()
    expect(boxes(phone)).to_have_count(0)
    row.click()
    expect(phone.get_by_role("region", name="Trace", exact=True)).to_be_visible()


def test_all_and_none_on_a_phone(phone: Page) -> None:
    phone.goto(LOGS)
    phone.get_by_role("button", name="Select", exact=True).click()
    phone.get_by_label("Select all loaded rows").check()
    expect(chosen(phone)).to_contain_text("12 rows selected")
    phone.get_by_role("button", name="Done").click()
    expect(chosen(phone)).to_have_count(0)
