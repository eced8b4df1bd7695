"""Assigning and mentioning: shown on the span, filtered in the logs, told in the inbox of whoever is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.people import join
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


@contextmanager
def somebody(
    site: Site, browser: Browser, key: str, *, size: dict[str, int] = DESKTOP, dark: bool = False
) -> Iterator[Page]:
    """A browser in which the owner of a key is signed in."""
    with watched_page(browser, site.server.url, size=size, dark=dark) as page:
        page.goto(site.server.request("POST", "/api/session/link", {}, key=key)["url"])
        page.wait_for_url("**/app/**")
        yield page
        page.goto("about:blank")


def person(site: Site) -> tuple[str, str, str]:
    """A new member: key, id and address."""
    key = join(site.server.data, "member")
    user = site.server.request("GET", "/api/me", key=key)["user"]
    return key, user["id"], user["email"]


def test_a_span_is_assigned_and_found_by_whom_it_is_assigned_to(
    page: Page, browser: Browser, site: Site
) -> None:
    key, user, email = person(site)
    project = site.project("assigning", 4)
    page.goto("/app/local/p/assigning/logs?r=trace-002&t=all")
    page.get_by_role("button", name="Assign", exact=True).click()
    page.get_by_role("menuitemcheckbox", name=re.compile(re.escape(email))).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Assigned to member")).to_be_visible()
    activity = page.get_by_test_id("span-detail").locator("section, div").filter(has_text="assigned to").last
    expect(activity).to_contain_text("member")
    who = page.get_by_role("region", name="Activity").get_by_role("listitem").first
    expect(who).to_contain_text(re.compile(r"^owner.* · app · (just now|.*ago)", re.IGNORECASE))
    stored = site.server.sql(
        f"SELECT id FROM project_logs('{project}') WHERE metadata.\"~__bt_assignments\" INCLUDES '{user}'"
    )
    assert stored == [{"id": "trace-002"}]
    assert "~__bt" not in page.get_by_test_id("span-detail").inner_text()
    with somebody(site, browser, key) as theirs:
        theirs.goto("/app/local/p/assigning/logs?t=all&side=1")
        theirs.get_by_role("region", name="Assigned").get_by_role("button", name=re.compile("^to me")).click()
        expect(theirs.get_by_text("assigned to me")).to_be_visible()
        rows = theirs.get_by_role("grid", name="Traces").get_by_role("row").filter(has_text="question")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("question 2")
        theirs.get_by_role("button", name="Notifications, 1 unread").click()
        inbox = theirs.get_by_role("dialog", name="Notifications")
        expect(inbox.get_by_role("listitem")).to_contain_text("assigned you in assigning")
        assert serious_violations(theirs) == []
        inbox.get_by_role("link").click()
        theirs.wait_for_url("**/p/assigning/logs?**r=trace-002**")
        expect(theirs.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{project}")


def test_rows_are_assigned_together(page: Page, site: Site) -> None:
    _, user, email = person(site)
    project = site.project("assigning-many", 3)
    page.goto("/app/local/p/assigning-many/logs?t=all")
    for number in (0, 1):
        row = page.get_by_role("row").filter(has_text=f"question {number}")
        row.get_by_role("checkbox").check()
    page.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog", name="Assign 2 rows")
    dialog.get_by_role("checkbox", name=re.compile(re.escape(email))).check()
    assert serious_violations(page) == []
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("2 rows assigned")).to_be_visible()
    stored = site.server.sql(
        f"SELECT id FROM project_logs('{project}') WHERE metadata.\"~__bt_assignments\" INCLUDES '{user}' ORDER BY id"
    )
    assert [row["id"] for row in stored] == ["trace-000", "trace-001"]
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{project}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_mention_is_completed_and_told(page: Page, browser: Browser, site: Site, dark: bool) -> None:
    key, _, email = person(site)
    project = site.project(f"mentioning-{dark}", 2)
    page.goto(f"/app/local/p/mentioning-{dark}/logs?r=trace-001&t=all")
    local = email.partition("@")[0]
    field = page.get_by_label("Comment", exact=True)
    field.press_sequentially(f"please look @{local[:-2]}")
    option = page.get_by_role("listbox", name="People").get_by_role("option").filter(has_text=email)
    expect(option).to_be_visible()
    assert serious_violations(page, "[data-testid='span-detail']") == []
    field.press("Enter")
    expect(field).to_have_value(f"please look @{local} ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("list", name="Comments")).to_contain_text("please look")
    with somebody(site, browser, key, size=PHONE, dark=dark) as theirs:
        theirs.get_by_role("button", name="More").click()
        theirs.get_by_role("menuitem", name=re.compile("Notifications")).click()
        inbox = theirs.get_by_role("dialog", name="Notifications")
        expect(inbox.get_by_role("listitem")).to_contain_text(f"please look @{local}")
        expect(inbox.get_by_role("img", name="unread")).to_have_count(1)
        assert serious_violations(theirs) == []
        assert theirs.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        inbox.get_by_role("button", name="Mark all as read").click()
        expect(inbox.get_by_role("img", name="unread")).to_have_count(0)
    unread = site.server.request("GET", "/v1/notification?unread=true", key=key)["objects"]
    assert unread == []
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{project}")
