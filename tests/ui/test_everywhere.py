"""What every page shares: the way back, code to copy, the palette, the overview, and a look that holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import DESKTOP, watched_page
from tests.support.servers import KEY
from tests.support.walk import faults
from tests.ui.conftest import BASE, Site
from tests.ui.pages import ORGANIZATION_TABS, PROJECT_TABS, project_pages

pytestmark = [pytest.mark.browser]

NO_LIST = {
    "sql",
    "review/quick",
    "review/{queue}/work",
    "tools",
    "functions/{prompt}",
    "parameters/{prompt}",
    "settings",
}
"""Pages where something is written or which lead on; the settings are asked panel by panel."""
MISSING = "00000000-0000-4000-8000-000000000000"


def settled(page: Page) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.get_by_role("status", name=re.compile("^Loading"))).to_have_count(0)


def test_every_list_and_every_object_can_be_copied_as_code(page: Page, seen: dict[str, str]) -> None:
    addresses = [
        "/app/local",
        *(f"{BASE}/{path.format(**seen)}" for path in project_pages() if path not in NO_LIST),
        *(f"/app/local/settings?tab={tab}" for tab in ORGANIZATION_TABS),
        *(f"{BASE}/settings?tab={tab}" for tab in PROJECT_TABS),
    ]
    without: list[str] = []
    for address in addresses:
        page.goto(address)
        settled(page)
        codes = page.get_by_role("button", name=re.compile("as code|what to do with it"))
        try:
            expect(codes.first).to_be_visible(timeout=8_000)
        except AssertionError:
            without.append(address)
    page.goto("about:blank")
    assert without == []


def test_what_is_copied_runs(page: Page, site: Site, seen: dict[str, str], tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    environment = {**os.environ, "ASSAY_API_KEY": KEY, "ASSAY_URL": site.server.url}
    for address, name, expected in (
        ("/app/local", "projects", "pages"),
        (f"{BASE}/prompts", "prompts", "seen"),
        (f"{BASE}/review", "queues", "seen"),
        ("/app/local/settings?tab=members", "members", "owner@localhost"),
    ):
        page.goto(address)
        settled(page)
        code = copied(page, "Python")
        program = tmp_path / f"{name}.py"
        program.write_text(f"{code}\nprint(json.dumps({name}))\n", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, program], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert expected in json.dumps(json.loads(done.stdout)), address
        assert copied(page, "curl").startswith(f"curl '{site.server.url}/")
    page.goto(f"{BASE}/prompts")
    settled(page)
    command = copied(page, "CLI").strip().removeprefix("assay ")
    assay = f"{Path(sys.executable).with_name('assay')} {command} --json"
    done = subprocess.run(["sh", "-c", assay], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "seen" in {row["slug"] for row in json.loads(done.stdout)}


def copied(page: Page, language: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_role("menuitem", name=language, exact=True).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(
    ("path", "back"),
    [
        (f"prompts/{MISSING}", f"{BASE}/prompts"),
        (f"scorers/{MISSING}", f"{BASE}/scorers"),
        (f"review/{MISSING}", f"{BASE}/review"),
        (f"review/{MISSING}/work", f"{BASE}/review"),
        ("experiments/none", f"{BASE}/experiments"),
        ("datasets/none", f"{BASE}/datasets"),
        (f"functions/{MISSING}", "/app/local"),
    ],
    ids=lambda value: value.replace(MISSING, "id").replace("/app/local", "") or "home",
)
def test_what_is_not_there_offers_a_way_back_and_no_second_try(
    rough_page: Page, path: str, back: str
) -> None:
    rough_page.goto(f"{BASE}/{path}")
    way = rough_page.locator("main").get_by_role(
        "link", name=re.compile("^Back to the list|^Go to your projects")
    )
    expect(way).to_be_visible()
    expect(rough_page.get_by_role("button", name="Try again")).to_have_count(0)
    way.click()
    rough_page.wait_for_url(f"**{back}")
    expect(rough_page.get_by_role("heading", level=1).first).to_be_visible()


def test_what_failed_for_now_can_be_tried_again(rough_page: Page) -> None:
    failing = {
        "status": 503,
        "json": {"error": {"code": "unavailable", "message": "Later.", "request_id": "abc123"}},
    }
    rough_page.route("**/v1/function?**", lambda route: route.fulfill(**failing))  # type: ignore[arg-type]
    rough_page.goto(f"{BASE}/prompts")
    alert = rough_page.locator("main").get_by_role("alert")
    expect(alert).to_contain_text("abc123")
    rough_page.unroute("**/v1/function?**")
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    rough_page.goto("about:blank")


KNOWN = re.compile(r"/v1/(project|permission|acl|organization|notification)|/api/|/assets/|/app")
"""Requests of the frame, which are answered while those of a page fail."""


def test_a_page_that_fails_says_the_id_of_the_request(rough_page: Page, seen: dict[str, str]) -> None:
    """And what it has instead of its content is never an endless wait, or nothing."""
    answer = {"error": {"code": "internal", "message": "It broke.", "request_id": "feed0123"}}

    def fail(route: Route) -> None:
        if KNOWN.search(urlsplit(route.request.url).path):
            route.continue_()
        else:
            route.fulfill(status=500, json=answer)

    silent: list[str] = []
    for path in project_pages():
        if path in ("tools", "sql", "settings"):
            continue  # these read nothing by themselves
        rough_page.route("**/*", fail)
        rough_page.goto(f"{BASE}/{path.format(**seen)}")
        try:
            expect(rough_page.locator("main").get_by_role("alert").first).to_contain_text(
                "feed0123", timeout=12_000
            )
        except AssertionError:
            silent.append(path)
        rough_page.goto("about:blank")
        rough_page.unroute("**/*")
    assert silent == []


@pytest.mark.parametrize(
    "path", ["overview", "logs?t=all", "monitor", "experiments", "datasets", "prompts", "scorers"]
)
def test_an_empty_page_has_the_lines_that_fill_it(page: Page, site: Site, path: str) -> None:
    site.server.request("POST", "/v1/project", {"name": "pages-empty"})
    page.goto(f"/app/local/p/pages-empty/{path}")
    expect(page.get_by_role("button", name="Copy code").first).to_be_visible()


def test_a_project_in_the_list_leads_to_its_overview(page: Page, seen: dict[str, str]) -> None:
    page.goto("/app/local")
    row = page.get_by_role("row", name=re.compile("^pages "))
    expect(row).to_contain_text("150")
    expect(row).to_contain_text("10 %")
    row.get_by_role("link", name="pages", exact=True).click()
    page.wait_for_url(f"**{BASE}/overview")
    for region in ("Did it get better?", "What waits for people?"):
        expect(
            page.get_by_role("region", name=region).get_by_role("link", name=re.compile("seen"))
        ).to_be_visible()
    failed = page.get_by_role("list", name="Newest errors").get_by_role("listitem")
    expect(failed.first).to_contain_text("the model timed out")
    failed.first.get_by_role("link").click()
    page.wait_for_url("**/logs?r=trace-*")
    expect(page.get_by_role("region", name="Error")).to_contain_text("the model timed out")


def test_the_palette_has_what_was_open_last_pages_actions_and_objects(
    page: Page, seen: dict[str, str]
) -> None:
    page.goto(f"{BASE}/prompts/{seen['prompt']}")
    expect(page.get_by_role("textbox", name="Name")).to_be_visible()
    page.goto(f"{BASE}/logs")
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog", name="Find anything").get_by_role("option")
    expect(options.first).to_contain_text("recent")
    expect(options.filter(has_text="prompt · pages · recent")).to_contain_text("seen")
    box = page.get_by_role("combobox", name=re.compile("^Find"))
    for words, kind in (("seen queue", "review queue"), ("audit", "page"), ("shortcuts", "action")):
        box.fill(words)
        expect(options.first).to_contain_text(kind)
    box.fill("times utc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    box.fill("local times")
    expect(options.first).to_contain_text("Show local times")
    page.keyboard.press("Escape")


def test_times_are_relative_and_exact_when_asked_in_the_zone_that_was_chosen(page: Page) -> None:
    page.goto("/app/local")
    time = page.locator("main time").first
    expect(time).to_have_text(re.compile(r"ago|now"))
    page.get_by_role("button", name="Account and appearance").click()
    page.get_by_role("menuitemradio", name="UTC").click()
    expect(time).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$"))


def test_the_look_holds(page: Page, browser: Browser, site: Site) -> None:
    """Size of the text, rings around what has the focus, and stillness for those who asked for it."""
    page.goto(f"{BASE}/settings")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "13px"
    name = page.get_by_role("textbox", name=re.compile("^Name"))
    name.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    ring = (
        "() => (({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])("
        "getComputedStyle(document.activeElement))"
    )
    assert page.evaluate(ring) == ["solid", "2px"]
    for _ in range(12):
        page.keyboard.press("Tab")
        style, width = page.evaluate(ring)
        tag = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        if not tag.startswith("<body"):  # the window itself, between the last and the first
            assert (style, width) == ("solid", "2px"), tag
    context = browser.new_context(base_url=site.server.url, viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    still = site.sign_in(context.new_page())
    still.goto(f"{BASE}/logs")
    expect(still.get_by_role("grid")).to_be_visible()
    moving = "document.getAnimations().filter(one => one.effect.getComputedTiming().duration > 1).length"
    still.keyboard.press("Control+k")
    expect(still.get_by_role("dialog")).to_be_visible()
    assert still.evaluate(moving) == 0
    context.close()


def test_numbers_stand_in_columns(page: Page) -> None:
    page.goto("/app/local")
    number = page.get_by_role("row", name=re.compile("^pages ")).get_by_role("cell", name="150")
    expect(number).to_be_visible()
    assert "tabular-nums" in number.evaluate("one => getComputedStyle(one).fontVariantNumeric")


BROKEN = {
    "a button without a name": ("<button></button>", "button-name"),
    "a picture without a text": ("<img src='data:,'>", "image-alt"),
    "a field without a label": ("<input>", "label"),
    "words too faint to read": ("<p class='text-line-strong'>Words</p>", "color-contrast"),
    "wider than the window": (f"<pre>{'x' * 500}</pre>", "px wider than the window"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_walk_sees(page: Page, fault: str) -> None:
    """Each kind of fault, put into a real page that has none."""
    html, rule = BROKEN[fault]
    page.goto(f"{BASE}/settings")
    settled(page)
    assert faults(page) == []
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", html)
    if rule.startswith("px"):
        page.evaluate("document.body.style.overflow = document.documentElement.style.overflow = 'visible'")
        page.evaluate("document.querySelector('main').style.overflow = 'visible'")
    assert any(rule in one for one in faults(page)), faults(page)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("console.error('something broke')", "something broke"),
        ("setTimeout(() => { throw new Error('thrown later') })", "thrown later"),
        (
            "fetch('http://127.0.0.1:9/elsewhere').catch(() => null)",
            "request to another host|policy violated",
        ),
        (
            "document.body.insertAdjacentHTML('beforeend', '<img alt=x src=http://127.0.0.1:9/>')",
            "policy violated",
        ),
        ("document.body.setAttribute('onclick', 'alert(1)'); document.body.click()", "policy violated"),
    ],
    ids=["error", "exception", "request", "picture", "inline script"],
)
def test_a_watched_page_fails_for(site: Site, browser: Browser, script: str, told: str) -> None:
    def visit() -> None:
        with watched_page(browser, site.server.url, size=DESKTOP) as page:
            site.sign_in(page)
            page.goto(f"{BASE}/settings")
            settled(page)
            with page.expect_event("console" if told != "thrown later" else "pageerror"):
                page.evaluate(script)

    with pytest.raises(AssertionError, match=told):
        visit()
