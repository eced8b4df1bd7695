"""The frame: signing in, finding, themes, addresses that lead nowhere, and how much is loaded."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.support.browser import DESKTOP
from tests.ui.conftest import BASE, PROJECT, Site

pytestmark = [pytest.mark.browser]

FIRST_LOAD_LIMIT = 250_000


def test_without_a_session_the_page_says_how_to_get_one(site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=site.server.url)
    page = context.new_page()
    page.goto(f"{BASE}/logs?q=x")
    page.wait_for_url("**/login?next=**")
    expect(page.get_by_text("assay login --browser")).to_be_visible()
    token = site.server.request("POST", "/api/session/link", {})["token"]
    page.goto(f"{page.url}&token={token}")
    page.wait_for_url(f"**{BASE}/logs?q=x")
    page.goto("/login?token=wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    context.close()


def test_the_login_page_goes_to_our_own_pages_only(site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=site.server.url)
    page = context.new_page()
    token = site.server.request("POST", "/api/session/link", {})["token"]
    page.goto(f"/login?token={token}&next=//example.com/app")
    page.wait_for_url(f"{site.server.url}/app/**")
    context.close()


def test_the_palette_finds_and_goes(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name=re.compile("^Find")).fill("datas pag")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BASE}/datasets")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url(f"**{BASE}/experiments")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_theme_is_remembered(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    page.get_by_role("button", name="Account and appearance").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(20, 20, 19)"
    page.reload()
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.evaluate(background) == "rgb(20, 20, 19)"


def test_addresses_that_lead_nowhere_say_so(page: Page) -> None:
    page.goto("/app/local/p/no-such-project/logs")
    expect(page.get_by_text("There is no project called “no-such-project”")).to_be_visible()
    page.goto(f"{BASE}/experiments/none")
    expect(page.get_by_text("There is no experiment called “none”")).to_be_visible()
    page.goto(f"{BASE}/nothing/here")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()


def test_links_of_sdks_that_know_no_organization_find_their_page(page: Page, site: Site) -> None:
    span = "r=trace-003&s=trace-003"
    for known in (f"object_id={site.project_id}", f"project_id={site.project_id}", f"project_name={PROJECT}"):
        page.goto(f"/app/object?object_type=project_logs&{known}&{span}")
        page.wait_for_url(lambda url: f"{BASE}/logs?" in url and span in url)
    experiment = {"project_id": site.project_id, "name": "linked"}
    made = site.server.request("POST", "/v1/experiment", experiment)
    page.goto(f"/app/object?object_type=experiment&object_id={made['id']}&r=a&s=b")
    page.wait_for_url(f"**{BASE}/experiments/linked?r=a&s=b")
    page.goto("/app/object?object_type=project_logs&project_name=none")
    expect(page.get_by_text("There is no project called “none”")).to_be_visible()
    page.goto("/app/object?object_type=experiment")
    expect(page.get_by_text("This link is not complete")).to_be_visible()


def test_sql_runs_from_the_address_and_reports_mistakes(rough_page: Page) -> None:
    rough_page.goto(
        f"{BASE}/sql?query=SELECT+count(*)+AS+n+FROM+project_logs('pages')+WHERE+is_root+AND+error+IS+NOT+NULL"
    )
    expect(rough_page.get_by_role("grid").get_by_text("15", exact=True)).to_be_visible()
    rough_page.get_by_label("SQL", exact=True).fill("SELECT FROM nowhere")
    rough_page.get_by_label("SQL", exact=True).press("Control+Enter")
    expect(rough_page.get_by_role("alert")).to_contain_text("The query cannot run")


def test_the_logs_page_loads_little(site: Site, browser: Browser) -> None:
    """Everything counts that comes while nobody touches the page; what is fetched ahead waits for a hand."""
    context = browser.new_context(base_url=site.server.url, viewport=DESKTOP)  # type: ignore[arg-type]
    page = site.sign_in(context.new_page())
    scripts: list[Response] = []
    page.goto("about:blank")
    page.on("response", lambda r: scripts.append(r) if r.url.endswith(".js") else None)
    page.goto(f"{BASE}/logs")
    expect(page.get_by_role("grid").get_by_role("gridcell").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    size = sum(len(gzip.compress(response.body(), 9)) for response in scripts)
    assert 0 < size <= FIRST_LOAD_LIMIT, f"{size:,} bytes of gzipped script"
    untouched = len(scripts)
    with page.expect_response(lambda response: "trace-panel" in response.url):
        page.mouse.move(300, 300)
    assert len(scripts) > untouched
    context.close()
