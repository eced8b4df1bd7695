"""The SQL page: completion, mistakes where they are, charts, tabs, history and saved queries."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.support.browser import DESKTOP, watched_page
from tests.ui.conftest import BASE, TRACES, Site

pytestmark = [pytest.mark.browser]

HOURS = (
    "SELECT date_trunc('hour', created) AS hour, count(*) AS n FROM project_logs('pages') "
    "WHERE is_root AND tags INCLUDES 'seed' GROUP BY hour ORDER BY hour"
)


def editor(page: Page) -> Locator:
    return page.get_by_label("SQL", exact=True)


def asked(query: str, **more: str) -> str:
    return f"{BASE}/sql?query={quote(query)}" + "".join(f"&{name}={value}" for name, value in more.items())


def test_names_and_found_fields_complete(page: Page, site: Site) -> None:
    made = site.server.request("POST", "/v1/dataset", {"project_id": site.project_id, "name": "completed"})
    page.goto(f"{BASE}/sql")
    editor(page).fill("")
    editor(page).press_sequentially("SELECT id FROM dataset('comp")
    options = page.get_by_role("listbox", name="Completions")
    options.get_by_role("option", name="completed").click()
    expect(editor(page)).to_contain_text("dataset('completed')")
    editor(page).fill("SELECT id FROM project_logs('pages') WHERE ")
    page.keyboard.press("Control+End")
    editor(page).press_sequentially("metadata.ti")
    expect(options.get_by_role("option", name="metadata.tier")).to_be_visible()
    site.server.request("DELETE", f"/v1/dataset/{made['id']}")


def test_a_mistake_is_underlined_where_it_is(rough_page: Page) -> None:
    page = rough_page
    page.goto(asked("SELECT id,\n  inptu\nFROM project_logs('pages')"))
    expect(page.get_by_role("alert")).to_contain_text("There is no column inptu. Did you mean input?")
    expect(page.get_by_text("At line 2, column 3.")).to_be_visible()
    expect(page.locator(".cm-mistake")).to_have_text("inptu")
    editor(page).press("Control+End")
    editor(page).press_sequentially(" ")
    expect(page.locator(".cm-mistake")).to_have_count(0)


def test_a_query_is_explained_without_running(page: Page) -> None:
    """Reads, filters with and without an index, what is expensive; the address opens it again."""
    query = "SELECT id FROM project_logs('pages') WHERE created > '2020-01-01' AND input.q LIKE '%x%'"
    ran: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/btql") and (request.post_data_json or {}).get("query") == query:
            ran.append(query)

    page.on("request", note)
    page.goto(f"{BASE}/sql")
    editor(page).fill(query)
    page.get_by_role("button", name="Explain", exact=True).click()
    read = page.get_by_role("region", name="What is read")
    expect(read).to_contain_text("logs of pages")
    expect(read.get_by_role("list", name="Filters").get_by_role("listitem")).to_have_text(
        [
            re.compile("^created > '2020-01-01' served by the order of time"),
            re.compile("^input.q LIKE '%x%' no index: opens a value of every row that is read$"),
        ]
    )
    expect(page.get_by_role("region", name="What is expensive")).to_contain_text("opens a JSON value")
    expect(page.get_by_role("region", name="Plan of the store")).to_contain_text("ReadFromMergeTree")
    assert "show=plan" in page.url
    page.reload()
    expect(read).to_contain_text("logs of pages")
    assert ran == []
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.get_by_text("The query ran and found nothing.")).to_be_visible()
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(read).to_contain_text("logs of pages")
    assert ran == [query], "looking at the plan again runs nothing"
    with page.expect_request(lambda request: request.url.endswith("/btql")):
        page.get_by_role("button", name=re.compile("^Run")).click()
    expect(page.get_by_text("The query ran and found nothing.")).to_be_visible()
    assert ran == [query, query], "Run asks again, whatever was found before"


def test_a_mistake_is_underlined_when_explained(rough_page: Page) -> None:
    page = rough_page
    page.goto(asked("SELECT id,\n  inptu\nFROM project_logs('pages')", show="plan"))
    expect(page.get_by_text("At line 2, column 3.")).to_be_visible()
    expect(page.locator(".cm-mistake")).to_have_text("inptu")


def test_rows_are_drawn_over_time_and_as_bars(page: Page) -> None:
    page.goto(asked(HOURS))
    expect(page.get_by_role("grid", name="Result")).to_be_visible()
    page.get_by_role("button", name="Chart").click()
    page.wait_for_url("**&show=chart")
    expect(page.get_by_role("img", name=re.compile("^n over hour, [34] times$"))).to_be_visible()
    tiers = (
        "SELECT metadata.tier AS tier, count(*) AS n FROM project_logs('pages') "
        "WHERE is_root AND tags INCLUDES 'seed' GROUP BY tier ORDER BY n DESC"
    )
    page.goto(asked(tiers, show="chart"))
    bars = page.get_by_role("figure", name="Chart").get_by_role("listitem")
    expect(bars).to_have_text([f"free{TRACES * 2 // 3}", f"pro{TRACES // 3}"])
    page.goto(asked("SELECT 1 AS one FROM project_logs('pages') LIMIT 2", show="chart"))
    expect(page.get_by_text("These rows have nothing to draw")).to_be_visible()


def test_a_row_opens_with_whole_values(page: Page) -> None:
    page.goto(asked("SELECT id, output, error FROM project_logs('pages') WHERE id = 'trace-001'"))
    page.get_by_role("gridcell").first.click()
    row = page.get_by_role("dialog", name="Row 1")
    expect(row.get_by_role("region", name="id")).to_contain_text("trace-001")
    expect(row.get_by_role("region", name="output")).to_contain_text("answer 1")
    expect(row.get_by_role("region", name="error")).to_contain_text("null")
    expect(row.get_by_role("button", name="Copy as JSON")).to_be_visible()
    row.get_by_role("button", name="Close").first.click()
    expect(row).to_have_count(0)


def test_more_rows_come_while_scrolling(page: Page, site: Site) -> None:
    """A query without a limit is read page by page; one with a limit has no more rows than it says."""
    project_id = site.server.request("POST", "/v1/project", {"name": "many rows"})["id"]
    rows = [{"id": f"n{at:04}", "project_id": project_id, "log_id": "g", "input": at} for at in range(1_010)]
    site.server.request("POST", "/logs3", {"rows": rows})
    page.goto(asked("SELECT id FROM project_logs('many rows') ORDER BY id"))
    expect(page.get_by_text("1,000 rows in")).to_be_visible()
    expect(page.get_by_text("There are more: scroll on, or download all.")).to_be_visible()
    page.get_by_role("grid", name="Result").hover()
    page.mouse.wheel(0, 100_000)
    expect(page.get_by_text("1,010 rows in")).to_be_visible()
    expect(page.get_by_text("There are more")).to_have_count(0)
    page.goto(asked("SELECT id FROM project_logs('many rows') ORDER BY id LIMIT 5"))
    expect(page.get_by_text("5 rows in")).to_be_visible()
    expect(page.get_by_text("There are more")).to_have_count(0)


def test_text_typed_over_a_selection_takes_its_place(page: Page) -> None:
    """The editor puts it there itself, under a policy that allows no style attributes; undoing gives back what was."""
    page.goto(asked("SELECT id FROM project_logs('pages')"))
    editor(page).press("Control+Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type("select 1")
    expect(editor(page)).to_have_text("select 1")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.type("(2")
    expect(editor(page)).to_have_text("select (2)")
    for _ in range(9):
        page.keyboard.press("Control+z")
    expect(editor(page)).to_have_text("SELECT id FROM project_logs('pages')")


def test_tabs_and_history_stay_in_this_browser(page: Page) -> None:
    page.goto(asked("SELECT count(*) AS first FROM project_logs('pages')"))
    expect(page.get_by_role("gridcell")).to_have_count(1)
    page.get_by_role("button", name="New query").click()
    editor(page).fill("SELECT count(*) AS second FROM project_logs('pages') WHERE is_root")
    editor(page).press("Control+Enter")
    expect(page.get_by_role("columnheader")).to_have_text("second")
    page.goto(f"{BASE}/sql")
    expect(page.locator("[data-sheet]")).to_have_count(2)
    expect(editor(page)).to_contain_text("second")
    page.locator("[data-sheet]").first.click()
    expect(editor(page)).to_contain_text("first")
    page.get_by_role("button", name=re.compile("^Close")).first.click()
    expect(page.locator("[data-sheet]")).to_have_count(1)
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("menuitem").filter(has_text="SELECT")).to_have_count(2)
    page.get_by_role("menuitem").filter(has_text="AS first").click()
    expect(page.locator("[data-sheet]")).to_have_count(2)
    expect(editor(page)).to_contain_text("first")


def test_a_saved_query_is_there_for_others(page: Page, site: Site, browser: Browser) -> None:
    page.goto(asked("SELECT 1 AS saved FROM project_logs('pages') LIMIT 1"))
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("menuitem", name="Save this query").click()
    page.get_by_label("Name").fill("one row")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-sheet]")).to_have_text("one row")
    with watched_page(browser, site.server.url, size=DESKTOP) as other:
        site.sign_in(other).goto(f"{BASE}/sql")
        other.get_by_role("button", name="Saved").click()
        other.get_by_role("menuitem", name="one row").click()
        expect(editor(other)).to_contain_text("AS saved")
        editor(other).fill("SELECT 2 AS saved FROM project_logs('pages') LIMIT 1")
        other.get_by_role("button", name="Saved").click()
        other.get_by_role("menuitem", name="Save this query").click()
        other.get_by_role("button", name="Replace").click()
        expect(other.get_by_text("Saved as one row")).to_be_visible()
    assert [view["options"] for view in saved(site)] == [
        {"query": "SELECT 2 AS saved FROM project_logs('pages') LIMIT 1"}
    ]
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("menuitem", name="Delete “one row”").click()
    expect(page.get_by_text("The query is deleted")).to_be_visible()
    assert saved(site) == []


def saved(site: Site) -> list[dict[str, Any]]:
    about = f"object_type=project&object_id={site.project_id}&view_type=sql"
    return site.server.request("GET", f"/v1/view?{about}")["objects"]
