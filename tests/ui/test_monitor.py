"""The monitor: what charts say is what SQL says; boards are kept; a chart leads to its rows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import BASE, PROJECT, TRACES, Site

pytestmark = [pytest.mark.browser]


def test_charts_say_what_sql_says(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all&f=tags+INCLUDES+'seed'")
    requests = page.get_by_role("figure", name="Requests")
    expect(requests.get_by_role("img")).to_have_accessible_name(f"Requests over time: count {TRACES}")
    (wanted,) = site.server.sql(
        f"SELECT count(*) AS n, count_if(error IS NOT NULL) AS failed FROM project_logs('{PROJECT}') "
        "WHERE span_attributes.type = 'llm' AND metadata.model = 'test-model'"
    )
    assert wanted == {"n": TRACES, "failed": 0}
    expect(page.get_by_role("figure", name="Error rate").get_by_role("listitem")).to_contain_text("10 %")
    page.goto(f"{BASE}/monitor?t=all")
    expect(page.get_by_role("figure", name="Models")).to_contain_text(f"test-model{wanted['n']}")
    (quality,) = site.server.sql(
        f"SELECT round(avg(scores.Quality), 2) AS mean FROM project_logs('{PROJECT}')"
    )
    assert quality == {"mean": 0.5}
    expect(page.get_by_role("figure", name="Scores").get_by_role("listitem")).to_contain_text("Quality0.50")


def test_a_field_divides_the_charts_and_a_value_leads_to_its_rows(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all")
    page.get_by_role("button", name="Divide by", exact=True).click()
    page.get_by_role("menuitemradio", name="metadata.tier").click()
    page.wait_for_url("**by=metadata.tier**")
    lines = page.get_by_role("figure", name="Requests").get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="free")).to_contain_text("100")
    page.get_by_role("figure", name="Models").get_by_role("button", name=re.compile("^test-model")).click()
    page.wait_for_url("**/logs?**")
    expect(page.get_by_text("metadata.model is test-model")).to_be_visible()
    expect(page.get_by_test_id("logs-count")).to_contain_text(f"{TRACES} traces")


def test_a_board_is_kept_on_the_server(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all")
    page.get_by_role("button", name="Chart", exact=True).click()
    dialog = page.get_by_role("dialog", name="New chart")
    dialog.get_by_label("Title").fill("Dollars")
    dialog.get_by_label("Start from").select_option("Cost")
    dialog.get_by_label("Kind").select_option("number")
    expect(dialog.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    dialog.get_by_role("button", name="Add the chart").click()
    name = page.get_by_role("dialog", name="New board")
    name.get_by_label("Name").fill("Money")
    name.get_by_role("button", name="Create").click()
    page.wait_for_url("**board=**")
    expect(page.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    page.reload()
    expect(page.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    page.get_by_role("button", name="Requests: what to do with it").click()
    page.get_by_role("menuitem", name="Remove from the board").click()
    expect(page.get_by_role("figure", name="Requests")).to_have_count(0)
    views = f"/v1/view?object_type=project&object_id={site.project_id}&view_type=monitor&view_name=Money"
    (stored,) = site.server.request("GET", views)["objects"]
    titles = [chart["title"] for chart in stored["options"]["charts"]]
    assert "Dollars" in titles
    assert "Requests" not in titles
    page.get_by_role("button", name="Money").click()
    page.get_by_role("menuitem", name="Delete “Money”").click()
    expect(page.get_by_role("button", name="Standard")).to_be_visible()
    assert site.server.request("GET", views)["objects"] == []


def test_a_measure_that_cannot_run_says_why(rough_page: Page) -> None:
    rough_page.goto(f"{BASE}/monitor?t=all")
    rough_page.get_by_role("button", name="Chart", exact=True).click()
    dialog = rough_page.get_by_role("dialog", name="New chart")
    dialog.get_by_label("Title").fill("Wrong")
    dialog.get_by_label("Measure, in SQL").fill("sum(metrix.tokens)")
    expect(dialog.get_by_role("alert")).to_contain_text("There is no column metrix")


def test_filters_that_fit_nothing_say_so(page: Page) -> None:
    page.goto(f"{BASE}/monitor?t=all&f=metadata.tier+=+'none+such'")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_charts_on_a_phone(phone: Page) -> None:
    phone.goto(f"{BASE}/monitor?t=all")
    figure = phone.get_by_role("figure", name="Requests")
    expect(figure.locator("canvas")).to_be_visible()
    box = figure.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
