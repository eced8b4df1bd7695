"""The logs page: what the box does, what the address holds, what the keyboard does."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.ui.conftest import BASE, TRACES, Site, stamp, trace

pytestmark = [pytest.mark.browser]


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").get_by_role("row").filter(has=page.get_by_role("gridcell"))


def box(page: Page) -> Locator:
    return page.get_by_label("Search text or filter")


def count(page: Page) -> Locator:
    return page.get_by_test_id("logs-count")


def test_it_shows_traces_newest_first_with_their_scores(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(count(page)).to_contain_text(f"{TRACES} traces")
    expect(count(page)).to_contain_text("15 with errors")
    first = rows(page).first
    expect(first).to_contain_text("question 0")
    expect(first).to_contain_text("the model timed out")
    expect(page.get_by_role("columnheader", name="Quality")).to_be_visible()
    expect(rows(page).nth(1)).to_contain_text("scripted")
    expect(rows(page).nth(2)).not_to_contain_text("scripted")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("f=metrics.errors+>+0", "15 traces · 15 with errors"),  # a number of whole traces
        ("f=metadata.model+=+'test-model'", f"{TRACES} traces · 15 with errors"),  # errors are on other spans
        ("view=spans&f=span_attributes.name+=+'agent'", f"{TRACES} spans · 15 with errors"),
    ],
)
def test_the_bars_count_the_rows_of_the_table(page: Page, asked: str, says: str) -> None:
    page.goto(f"{BASE}/logs?{asked}")
    expect(count(page)).to_have_text(says)


def test_scrolling_reads_on_to_the_last_trace(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(rows(page).first).to_be_visible()
    grid = page.get_by_role("grid")
    for _ in range(12):
        grid.evaluate("e => e.scrollTo(0, e.scrollHeight)")
        page.wait_for_timeout(150)
    expect(page.get_by_text(f"question {TRACES - 1}", exact=True)).to_be_visible()
    expect(page.get_by_text("That is all.")).to_be_visible()
    assert rows(page).count() < 80, "only the rows in sight may exist"


@pytest.mark.parametrize("view", ["logs?", "logs?view=spans"])
def test_rows_read_later_are_of_the_time_of_the_first(page: Page, view: str) -> None:
    """A range such as the last hour has moved on by then; the page that follows is still one of the same list."""
    began = time.time()
    page.clock.set_fixed_time(began)

    def answered_later(route: Route) -> None:
        answer = route.fetch()
        page.clock.set_fixed_time(began + 600)
        route.fulfill(response=answer)

    first_page = re.compile(r"LIMIT 50 SETTINGS preview")
    page.route(
        "**/btql",
        lambda route: (
            answered_later(route) if first_page.search(route.request.post_data or "") else route.fallback()
        ),
    )
    with page.expect_response(lambda answer: '"cursor"' in (answer.request.post_data or "")) as later:
        page.goto(f"{BASE}/{view}&t=24h")
        expect(rows(page).first).to_be_visible()
        page.get_by_role("grid").evaluate("e => e.scrollTo(0, e.scrollHeight)")
    assert later.value.ok, later.value.text()
    expect(rows(page).first).to_be_visible()
    page.goto("about:blank")


def test_a_predicate_filters_and_words_search(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    box(page).fill("scores.Quality < 0.5 and metadata.tier = 'pro'")
    expect(page.get_by_role("option").first).to_contain_text("Filter by")
    box(page).press("Backspace")
    box(page).fill("metadata.tier = 'pro'")
    box(page).press("Enter")
    expect(count(page)).to_contain_text("50 traces")
    expect(page).to_have_url(re.compile(r"f=metadata.tier"))
    box(page).fill("needle042")
    expect(page.get_by_role("option").first).to_contain_text("Search text")
    box(page).press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("button", name=re.compile("Remove Filter")).click()
    expect(count(page)).to_contain_text("1 trace")
    expect(rows(page).first).to_contain_text("question 42")
    page.go_back()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=re.compile("Remove Search: needle042"))).to_be_visible()


def test_field_names_are_completed(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(rows(page).first).to_be_visible()
    box(page).fill("qual")
    expect(page.get_by_role("option").first).to_contain_text("scores.Quality")
    box(page).press("Tab")
    expect(box(page)).to_have_value("scores.Quality ")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(rows(page).first).to_be_visible()
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("r=trace-001"))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("r=trace-002"))
    expect(page.get_by_role("region", name="Trace").get_by_role("treeitem")).to_have_count(3)
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("s=trace-002-llm"))
    expect(page.get_by_test_id("span-detail")).to_contain_text("please answer 2")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("r="))
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Selected rows")).to_contain_text("1 row selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar", name="Selected rows")).to_have_count(0)


def test_a_wrong_filter_says_so_and_can_be_removed(rough_page: Page) -> None:
    rough_page.goto(f"{BASE}/logs?f=metadata.tier+%3D%3D%3D")
    alert = rough_page.get_by_role("alert")
    expect(alert).to_contain_text("The query cannot run")
    expect(alert).to_contain_text("Request")
    alert.get_by_role("button", name="Remove the filters").click()
    expect(count(rough_page)).to_contain_text(f"{TRACES} traces")


def test_no_permission_is_not_an_error_to_retry(rough_page: Page) -> None:
    def refuse(route: Route) -> None:
        body = {
            "error": {"code": "forbidden", "message": "You may not read these logs.", "request_id": "abc"}
        }
        route.fulfill(status=403, json=body)

    rough_page.route("**/btql", refuse)
    rough_page.goto(f"{BASE}/logs")
    alert = rough_page.get_by_role("alert")
    expect(alert).to_contain_text("You do not have permission")
    expect(alert.get_by_role("button", name="Try again")).to_have_count(0)


def test_an_empty_project_shows_the_code_that_fills_it(page: Page, site: Site) -> None:
    site.server.request("POST", "/v1/project", {"name": "empty one"})
    page.goto("/app/local/p/empty%20one/logs?t=all")
    expect(page.get_by_text("No traces yet")).to_be_visible()
    expect(page.get_by_text('assay.init_logger(project="empty one")')).to_be_visible()
    page.goto("/app/local/p/empty%20one/experiments")
    expect(page.get_by_text("No experiments yet")).to_be_visible()
    page.goto("/app/local/p/empty%20one/datasets")
    expect(page.get_by_text("No datasets yet")).to_be_visible()


def test_live_tail_updates_rows_in_place(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/logs?live=1")
    expect(rows(page).first).to_be_visible()
    fresh = trace(999, time.time() + 999 * 60 + 5)[:1]
    site.log(fresh)
    expect(rows(page).first).to_contain_text("question 999")
    site.log([{"id": fresh[0]["id"], "output": "changed meanwhile", "_is_merge": True}])
    expect(rows(page).first).to_contain_text("changed meanwhile")
    site.log([{"id": fresh[0]["id"], "_object_delete": True, "created": stamp(time.time())}])


def test_a_phone_shows_cards(phone: Page) -> None:
    phone.goto(f"{BASE}/logs")
    expect(rows(phone).first).to_contain_text("question")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    rows(phone).nth(1).click()
    expect(phone.get_by_role("tree")).to_be_visible()
    phone.get_by_role("button", name="Close", exact=True).click()
    expect(rows(phone).first).to_be_visible()


def test_a_click_on_a_head_puts_the_rows_in_its_order(page: Page, site: Site) -> None:
    site.project("ordered", 120)
    page.goto("/app/local/p/ordered/logs?t=all")
    expect(rows(page).first).to_contain_text("question 0")
    quality = page.get_by_role("columnheader", name="Quality", exact=True)
    quality.get_by_role("button").click()
    expect(quality).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"o=-scores\.Quality"))
    expect(rows(page).first).to_contain_text("question 4")
    expect(rows(page).nth(1)).to_contain_text("question 9")
    quality.get_by_role("button").click()
    expect(quality).to_have_attribute("aria-sort", "ascending")
    expect(rows(page).nth(1)).to_contain_text("question 5")
    grid = page.get_by_role("grid")
    for _ in range(8):
        grid.evaluate("e => e.scrollTo(0, e.scrollHeight)")
        page.wait_for_timeout(150)
    expect(rows(page).last).to_contain_text("question 119")
    page.reload()
    expect(rows(page).nth(1)).to_contain_text("question 5")
    quality.get_by_role("button").click()
    expect(rows(page).first).to_contain_text("question 0")
    expect(rows(page).nth(1)).to_contain_text("question 1")
    time_head = page.get_by_role("columnheader", name="Time", exact=True)
    expect(time_head).to_have_attribute("aria-sort", "descending")
    time_head.get_by_role("button").click()
    expect(rows(page).first).to_contain_text("question 119")
