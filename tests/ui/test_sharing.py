"""Shared links in the browser: made in a dialog, read without signing in, revoked, embedded where that is allowed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.servers import ServerProcess
from tests.ui.conftest import BASE, Site

pytestmark = [pytest.mark.browser]

READ_ONLY = "Read-only, shared by link"
CHARTS = [
    {"id": "many", "title": "Requests", "kind": "series", "grain": "traces", "unit": "",
     "measures": [{"label": "count", "sql": "count(*)"}]},
    {"id": "top", "title": "Names", "kind": "top", "grain": "spans", "unit": "", "by": "span_attributes.name",
     "measures": [{"label": "count", "sql": "count(*)"}]},
    {"id": "quality", "title": "Quality", "kind": "number", "grain": "scores", "unit": "",
     "measures": [{"label": "mean", "sql": "value", "mean": True}]},
]  # fmt: skip


@pytest.fixture
def org(site: Site) -> Iterator[str]:
    """Id of the organization, which allows public links."""
    found = site.server.request("GET", "/v1/organization")["objects"][0]["id"]
    allow(site.server, found, "allowed")
    yield found
    allow(site.server, found, "allowed", embed_origins=[])


def allow(server: ServerProcess, org: str, choice: str, **more: Any) -> None:
    server.request("PATCH", f"/v1/organization/{org}", {"public_links": choice, **more})


def shared(site: Site, **what: Any) -> str:
    """The path of a new link."""
    return "/app/public/" + site.server.request("POST", "/v1/shared_link", what)["token"]


def runs(site: Site, name: str) -> tuple[str, str]:
    """Two experiments of four cases; the second is better at one and worse at none."""
    made = []
    for run, scores in ((f"{name} base", (0, 1, 1, 0)), (name, (1, 1, 1, 0))):
        body = {"project_id": site.project_id, "name": run}
        made.append(site.server.request("POST", "/v1/experiment", body)["id"])
        rows = [{"id": f"c{at}", "span_id": f"c{at}", "root_span_id": f"c{at}", "input": f"case {at}",
                 "output": f"answer {score}", "scores": {"Right": score}, "experiment_id": made[-1],
                 "metadata": {"provider": "scripted model"}} for at, score in enumerate(scores)]  # fmt: skip
        site.server.request("POST", "/logs3", {"rows": rows})
    return made[1], made[0]


def board(site: Site, name: str) -> str:
    body = {"object_type": "project", "object_id": site.project_id, "view_type": "monitor", "name": name,
            "options": {"charts": CHARTS}}  # fmt: skip
    return site.server.request("POST", "/v1/view", body)["id"]


@contextmanager
def stranger(
    browser: Browser, site: Site, *, size: dict[str, int] = DESKTOP, dark: bool = False
) -> Iterator[Page]:
    """A browser in which nobody is signed in."""
    with watched_page(browser, site.server.url, size=size, dark=dark) as page:
        yield page
        page.goto("about:blank")


def test_a_trace_is_shared_read_and_revoked(page: Page, browser: Browser, site: Site, org: str) -> None:
    page.goto(f"{BASE}/logs?r=trace-007&t=all")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("menuitem", name="Share by a public link …").click()
    dialog = page.get_by_role("dialog", name="Share this trace")
    dialog.get_by_label("The link ends").select_option("in a day")
    dialog.get_by_role("button", name="Create a link").click()
    address = dialog.get_by_role("status").locator("code").first.inner_text()
    assert serious_violations(page) == []
    with stranger(browser, site) as guest:
        guest.goto(address)
        expect(guest.get_by_text(READ_ONLY)).to_be_visible()
        expect(guest.get_by_role("heading", name="agent", level=1)).to_be_visible()
        expect(guest.get_by_test_id("span-detail")).to_contain_text("question 7")
        guest.get_by_role("treeitem").nth(1).click()
        expect(guest.get_by_test_id("span-detail")).to_contain_text("needle007 found")
        for action in ("Add to dataset", "Share", "Close", "Copy span as code", "Send"):
            expect(guest.get_by_role("button", name=action)).to_have_count(0)
        expect(guest.get_by_label("Comment", exact=True)).to_have_count(0)
        for view in ("Timeline", "Thread", "Graph", "Context", "Raw"):
            guest.get_by_role("tab", name=view).click()
            expect(guest.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
        expect(guest.get_by_role("alert")).to_have_count(0)
        assert guest.context.cookies() == []
    links = dialog.get_by_role("region", name="Links")
    links.get_by_role("button", name=re.compile("^Revoke ")).click()
    expect(links).to_have_count(0)
    context = browser.new_context(base_url=site.server.url)
    ended = context.new_page()
    ended.goto(address)
    expect(ended.get_by_role("heading", name="This link shows nothing")).to_be_visible()
    context.close()


def test_who_is_signed_in_counts_for_nothing_on_the_page_of_a_link(page: Page, site: Site, org: str) -> None:
    path = shared(site, object_type="project_logs", object_id=site.project_id, root_span_id="trace-003")
    page.goto(path)
    expect(page.get_by_test_id("span-detail")).to_contain_text("question 3")
    with page.expect_request("**/btql") as asked:
        page.get_by_role("treeitem").nth(1).click()
    sent = asked.value.all_headers()
    assert "cookie" not in sent
    assert sent["authorization"].endswith(path.rsplit("/", 1)[1])
    page.goto(f"{BASE}/logs?t=all")
    expect(
        page.get_by_role("table", name="Traces").or_(page.get_by_role("grid", name="Traces"))
    ).to_be_visible()


def test_an_experiment_is_shared_from_its_page(page: Page, browser: Browser, site: Site, org: str) -> None:
    runs(site, "shared run")
    page.goto(f"{BASE}/experiments/shared%20run")
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Share this experiment")
    dialog.get_by_role("button", name="Create a link").click()
    address = dialog.get_by_role("status").locator("code").first.inner_text()
    with stranger(browser, site) as guest:
        guest.goto(address)
        expect(guest.get_by_role("heading", name="shared run", level=1)).to_be_visible()
        expect(guest.get_by_text(READ_ONLY)).to_be_visible()
        expect(guest.get_by_title(re.compile("deterministic scripted model")).first).to_be_visible()
        expect(guest.get_by_role("row").filter(has_text="case 0")).to_be_visible()
        guest.get_by_role("button", name="1 improved").click()
        expect(guest.get_by_role("row").filter(has_text="case 1")).to_have_count(0)
        guest.get_by_role("row").filter(has_text="case 0").click()
        expect(guest.get_by_test_id("span-detail")).to_contain_text("answer 1")
        expect(guest.get_by_role("button", name="Add to dataset")).to_have_count(0)
        guest.get_by_role("button", name="baseline", exact=True).click()
        expect(guest.get_by_test_id("span-detail")).to_contain_text("answer 0")
        expect(guest.get_by_role("alert")).to_have_count(0)


def test_a_board_is_shared_and_embedded(page: Page, browser: Browser, site: Site, org: str) -> None:
    made = board(site, "Shown outside")
    page.goto(f"{BASE}/monitor?t=all&board={made}")
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Share this board")
    dialog.get_by_role("button", name="Create a link").click()
    expect(dialog.get_by_text("No page may embed it yet")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy embed code").click()
    code = page.evaluate("navigator.clipboard.readText()")
    with other_site(code.replace("?embed=1", "?embed=1&amp;t=all")) as wiki:
        framed = framed_board(browser, wiki)
        assert framed is None
        allow(site.server, org, "allowed", embed_origins=[wiki])
        framed = framed_board(browser, wiki)
        assert framed == {"Requests", "Names", "Quality"}
        allow(site.server, org, "allowed", embed_origins=["https://elsewhere.example"])
        assert framed_board(browser, wiki) is None


def framed_board(browser: Browser, wiki: str) -> set[str] | None:
    """The charts that a page of another origin shows in its frame; None where the browser refuses the frame."""
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        refused: list[str] = []
        page.on(
            "console",
            lambda message: refused.append(message.text) if "frame-ancestors" in message.text else None,
        )
        page.goto(wiki)
        frame = page.frame_locator("iframe")
        charts = frame.get_by_role("figure")
        for _ in range(200):
            if refused or charts.count() == 3:
                break
            page.wait_for_timeout(50)
        if refused:
            return None
        expect(charts).to_have_count(3)
        expect(frame.get_by_text(READ_ONLY)).to_have_count(0)
        expect(frame.get_by_role("figure", name="Names")).to_contain_text("agent")
        expect(frame.get_by_role("navigation")).to_have_count(0)
        return {str(one.get_attribute("aria-label")) for one in charts.all()}
    finally:
        context.close()


@contextmanager
def other_site(body: str) -> Iterator[str]:
    """The origin of a site on this machine that has one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>wiki</title>{body}".encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_links_show_is_accessible(
    browser: Browser, site: Site, org: str, size: dict[str, int], dark: bool
) -> None:
    name = f"seen {'dark' if dark else 'light'} {size['width']}"
    run, base = runs(site, name)
    paths = {
        "case 0": shared(site, object_type="experiment", object_id=run, baseline_ids=[base]),
        "question 5": shared(
            site, object_type="project_logs", object_id=site.project_id, root_span_id="trace-005"
        ),
        "Requests": shared(site, object_type="view", object_id=board(site, name)) + "?t=all",
    }
    with stranger(browser, site, size=size, dark=dark) as guest:
        for said, path in paths.items():
            guest.goto(path)
            expect(guest.get_by_text(said).first).to_be_visible()
            expect(guest.get_by_role("status")).to_have_count(0)
            assert serious_violations(guest) == [], said
            assert guest.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_settings_forbid_links_and_list_them(page: Page, browser: Browser, site: Site, org: str) -> None:
    path = shared(site, object_type="project_logs", object_id=site.project_id, root_span_id="trace-009")
    page.goto("/app/local/settings?tab=sharing")
    expect(page.get_by_role("row").filter(has_text=path[-4:])).to_contain_text("trace")
    assert serious_violations(page) == []
    form = page.get_by_role("form", name="Sharing")
    form.get_by_label("Public links work").uncheck()
    form.get_by_label("Pages that may embed shared boards").fill("https://wiki.example.com/")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(form.get_by_label("Pages that may embed shared boards")).to_have_value("https://wiki.example.com")
    stored = site.server.request("GET", f"/v1/organization/{org}")
    assert (stored["public_links"], stored["embed_origins"]) == ("forbidden", ["https://wiki.example.com"])
    context = browser.new_context(base_url=site.server.url)
    ended = context.new_page()
    ended.goto(path)
    expect(ended.get_by_role("heading", name="This link shows nothing")).to_be_visible()
    context.close()
    page.goto(f"{BASE}/logs?r=trace-009&t=all")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("menuitem", name="Share by a public link …").click()
    page.get_by_role("link", name="Allow them in the settings.").click()
    page.wait_for_url("**/settings?tab=sharing")
