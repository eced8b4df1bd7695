"""Two traces of the logs beside each other: steps are matched, fields show what differs, every view stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "twins"
LOGS = f"/app/local/p/{PROJECT}/logs"


@pytest.fixture(scope="module", autouse=True)
def project(site: Site) -> Iterator[str]:
    project = site.project(PROJECT, 4)
    yield project
    site.server.request("DELETE", f"/v1/project/{project}")


def select(page: Page, question: str) -> None:
    """Select the trace of a question: other tests of the project add rows of their own."""
    row = page.get_by_role("row").filter(has=page.get_by_text(question, exact=True))
    row.get_by_role("checkbox", name="Select row").check()


def test_two_selected_traces_stand_beside_each_other(page: Page) -> None:
    page.goto(LOGS)
    select(page, "question 1")
    both = page.get_by_role("button", name="Side by side")
    expect(page.get_by_role("toolbar", name="Selected rows")).to_be_visible()
    expect(both).to_have_count(0)
    select(page, "question 3")
    both.click()
    expect(page).to_have_url(re.compile(r"r=trace-003.*vs=trace-001"))
    panels = page.get_by_role("group", name="Side by side").get_by_role("region", name="Trace", exact=True)
    expect(panels).to_have_count(2)
    first, second = panels.nth(0), panels.nth(1)
    # The field of the second says what is other than in the first.
    field = second.get_by_test_id("span-detail").get_by_role("region", name="Output")
    expect(field.get_by_role("button", name=re.compile("^difference, format"))).to_be_visible()
    expect(field.locator("ins").first).to_contain_text("1")
    expect(field.locator("del").first).to_contain_text("3")
    assert serious_violations(page) == []
    # Stepping through the first takes the second along.
    page.keyboard.press("n")
    expect(first.get_by_test_id("span-detail").get_by_role("heading", level=3)).to_have_text("chat")
    expect(second.get_by_test_id("span-detail").get_by_role("heading", level=3)).to_have_text("chat")
    expect(second.get_by_test_id("span-detail").locator("ins").first).to_contain_text("1")
    for view in ("Timeline", "Thread"):
        first.get_by_role("tab", name=view).click()
        expect(second.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
    expect(second).to_contain_text("please answer 1")
    expect(first).to_contain_text("please answer 3")
    page.reload()
    expect(panels).to_have_count(2)
    second.get_by_role("button", name="Back to the panel").click()
    expect(page).not_to_have_url(re.compile("vs="))
    expect(page.get_by_role("region", name="Trace", exact=True)).to_have_count(1)


def test_a_span_chosen_in_the_second_stays_until_the_first_moves(page: Page) -> None:
    page.goto(f"{LOGS}?t=all&r=trace-003&vs=trace-001")
    panels = page.get_by_role("group", name="Side by side").get_by_role("region", name="Trace", exact=True)
    heading = panels.nth(1).get_by_test_id("span-detail").get_by_role("heading", level=3)
    expect(heading).to_have_text("agent")
    panels.nth(1).get_by_role("treeitem").filter(has_text="Quality").click()
    expect(heading).to_have_text("Quality")
    panels.nth(0).get_by_role("treeitem").filter(has_text="chat").click()
    expect(heading).to_have_text("chat")


def test_fields_that_are_alike_say_so(page: Page, site: Site, project: str) -> None:
    key = "a key that is much too long for the box it stands in, and goes on and on " * 2
    rows = [
        {"project_id": project, "log_id": "g", "id": f"alike-{n}", "root_span_id": f"alike-{n}", "input": "same",
         "output": {key: "what it holds", "n": n}}
        for n in (1, 2)
    ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": rows})
    page.goto(f"{LOGS}?t=all&r=alike-1&vs=alike-2")
    panels = page.get_by_role("group", name="Side by side").get_by_role("region", name="Trace", exact=True)
    expect(panels.nth(1).get_by_role("region", name="Input")).to_contain_text("No difference.")
    expect(panels.nth(1).get_by_role("region", name="Output").locator("ins")).to_have_text("2")
    # The key breaks: its value keeps room for words.
    value = panels.nth(0).get_by_role("region", name="Output").get_by_text("what it holds").bounding_box()
    assert value
    assert value["width"] > 50
