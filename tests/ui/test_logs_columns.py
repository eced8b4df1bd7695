"""Columns of the logs table: pinned, added with a click, and rows of several lines; what a view keeps of that."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "tabular"
LOGS = f"/app/local/p/{PROJECT}/logs"
LONG = "Where is my order? It was promised for Tuesday and nothing came. " * 6


@pytest.fixture(scope="module", autouse=True)
def project(site: Site) -> Iterator[str]:
    """Thirty traces; the newest has a long input, a first token, a comment and somebody it is assigned to."""
    project = site.project(PROJECT, 30)
    user = site.server.request("GET", "/api/me")["user"]["id"]
    common = {"project_id": project, "log_id": "g", "root_span_id": "trace-000", "_is_merge": True}
    site.server.request("POST", "/logs3", {"rows": [
        {**common, "id": "trace-000", "input": LONG, "metadata": {"~__bt_assignments": [user]}},
        {**common, "id": "trace-000-llm", "metrics": {"time_to_first_token": 0.25, "prompt_tokens": 1234}},
    ]})  # fmt: skip
    site.server.request(
        "POST", f"/v1/project_logs/{project}/feedback", {"feedback": [{"id": "trace-000", "comment": "look"}]}
    )
    yield project
    site.server.request("DELETE", f"/v1/project/{project}")


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").get_by_role("row").filter(has=page.get_by_role("gridcell"))


def cell(page: Page, head: str) -> Locator:
    """A cell of the newest row."""
    heads = page.get_by_role("columnheader").all()
    at = next(i for i, one in enumerate(heads) if (one.get_attribute("title") or "") == head)
    return rows(page).first.get_by_role("gridcell").nth(at)


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found
    return found


def test_pinned_columns_stay_when_the_table_scrolls(page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(LOGS)
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Pin Quality to the left edge").click()
    expect(page.get_by_role("button", name="Let Quality scroll")).to_have_attribute("aria-pressed", "true")
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    heads = [head for head in page.get_by_role("columnheader").all_inner_texts() if head]
    assert heads[:3] == ["Time", "Quality", "Name"]
    scroll = "e => { e.scrollLeft = 300; return e.scrollLeft }"
    quality, name = (
        page.get_by_role("columnheader", name="Quality"),
        page.get_by_role("columnheader", name="Name"),
    )
    before = [box(one)["x"] for one in (quality, name, cell(page, "Quality"), cell(page, "Name"))]
    assert page.get_by_role("grid").evaluate(scroll) == 300
    after = [box(one)["x"] for one in (quality, name, cell(page, "Quality"), cell(page, "Name"))]
    assert abs(after[0] - before[0]) < 6 > abs(after[2] - before[2])
    assert before[1] - after[1] == before[3] - after[3] == 300
    # What scrolls is under what stays: the cell is what one sees and hits at its place.
    place = box(cell(page, "Quality"))
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('[role=gridcell]').style.left"
    assert page.evaluate(hit, [place["x"] + 4, place["y"] + 16]) == "126px"
    page.reload()
    expect(page.get_by_role("columnheader", name="Quality")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Let Quality scroll").click()
    expect(page).not_to_have_url(re.compile("pin="))


def test_columns_come_and_go_with_a_click(page: Page) -> None:
    page.goto(LOGS)
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    for label in ("First token", "Prompt tokens", "Model calls", "Assigned to", "Comments", "metadata.tier"):
        page.get_by_label(label, exact=True).check()
        expect(page.get_by_role("columnheader", name=label, exact=True)).to_be_visible()
    expect(cell(page, "First token")).to_have_text("250 ms")
    expect(cell(page, "Prompt tokens")).to_have_text("1.2k")
    expect(cell(page, "Model calls")).to_have_text("1")
    expect(cell(page, "Assigned to")).to_have_text(re.compile("owner|Owner"))
    expect(cell(page, "Comments")).to_have_text("1")
    expect(cell(page, "metadata.tier")).to_have_text("pro")
    page.get_by_label("Prompt tokens", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="Prompt tokens")).to_have_count(0)
    expect(page.get_by_label("Prompt tokens", exact=True)).not_to_be_checked()
    page.goto(f"{LOGS}?view=spans")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_label("First token", exact=True)).to_be_visible()
    expect(page.get_by_label("Model calls", exact=True)).to_have_count(0)


def test_tall_rows_show_several_lines(page: Page, site: Site, project: str) -> None:
    page.goto(LOGS)
    expect(rows(page).first).to_be_visible()
    assert box(rows(page).first)["height"] == 32
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Tall rows, with up to four lines").check()
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('[role=row][data-index=\"0\"]').offsetHeight > 70")
    tall, second = box(rows(page).first), box(rows(page).nth(1))
    assert tall["height"] < 110 > 2 * second["height"]
    assert abs(second["y"] - tall["y"] - tall["height"]) < 1
    page.get_by_title("Choose a view").click()
    page.get_by_role("menuitem", name=re.compile("Save as a new view")).click()
    page.get_by_role("dialog", name="New view").get_by_label("Name").fill("tall ones")
    page.get_by_role("dialog", name="New view").get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile("v="))
    views = site.server.request("GET", f"/v1/view?object_type=project&object_id={project}&view_type=logs")
    assert [view["options"]["address"] for view in views["objects"] if view["name"] == "tall ones"] == [
        "?tall=1"
    ]


def test_rows_that_are_spans_are_counted_as_spans(page: Page) -> None:
    page.goto(f"{LOGS}?view=spans")
    expect(page.get_by_test_id("logs-count")).to_have_text("90 spans · 3 with errors")
    page.goto(LOGS)
    expect(page.get_by_test_id("logs-count")).to_have_text("30 traces · 3 with errors")


def test_a_dragged_width_is_remembered(page: Page) -> None:
    page.goto(LOGS)
    name = page.get_by_role("columnheader", name="Name", exact=True)
    expect(rows(page).first).to_be_visible()
    edge = box(name)["x"] + box(name)["width"]
    before = box(name)["width"]
    page.mouse.move(edge, box(name)["y"] + 12)
    page.mouse.down()
    page.mouse.move(edge + 60, box(name)["y"] + 12, steps=4)
    page.mouse.up()
    assert abs(box(name)["width"] - before - 60) < 4
    assert box(cell(page, "Name"))["width"] == box(name)["width"]
    wide = box(name)["width"]
    page.reload()
    expect(rows(page).first).to_be_visible()
    assert box(name)["width"] == wide
    page.mouse.dblclick(box(name)["x"] + wide, box(name)["y"] + 12)
    page.wait_for_function(
        "width => document.querySelector('[role=columnheader][title=Name]').offsetWidth === width",
        arg=round(before),
    )
