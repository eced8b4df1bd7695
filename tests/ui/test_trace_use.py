"""Using a trace: by keyboard, for screen readers, sharing it, and what feedback did to it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.media import data_uri, png
from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

PROJECT = "pages-trace-use"
PAGE = f"/app/local/p/{PROJECT}/logs?r=root&t=all"


@pytest.fixture(scope="module", autouse=True)
def project(site: Site) -> str:
    """A project with one trace that has a little of everything."""
    made = site.server.request("POST", "/v1/project", {"name": PROJECT})["id"]
    now = time.time()

    def span(ident: str, parent: str | None, kind: str, at: float, **more: Any) -> dict[str, Any]:
        return {
            "id": ident, "span_id": ident, "root_span_id": "root", "span_parents": [parent] if parent else None,
            "created": stamp(now + at), "project_id": made, "log_id": "g",
            "metrics": {"start": now + at, "end": now + at + 1, **more.pop("metrics", {})},
            "span_attributes": {"name": ident, "type": kind}, **more,
        }  # fmt: skip

    chat = [
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": data_uri("image/png", png())}}],
        }
    ]
    rows = [
        span("root", None, "task", 0, input={"q": 1}, output="# Out", expected="# Other", tags=["a"]),
        span("step", "root", "task", 1),
        span("chat", "step", "llm", 2, input=chat, output=[{"role": "assistant", "content": "ok"}],
             metadata={"model": "m"}, metrics={"prompt_tokens": 9, "prompt_cached_tokens": 3}),
        *(span(f"tool-{n}", "root", "tool", 3 + n, input={"same": True},
               span_attributes={"name": "tool", "type": "tool"}) for n in range(2)),
        span("bad", "root", "tool", 6, error="boom"),
    ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": rows})
    return made


def test_the_tree_follows_the_arrow_keys(page: Page) -> None:
    page.goto(PAGE)
    tree = page.get_by_role("tree")
    tree.focus()
    for key, span in (("ArrowDown", "step"), ("ArrowRight", "chat"), ("End", "bad"), ("ArrowUp", "tool-1")):
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"s={span}"))
    expect(tree).to_have_attribute("aria-activedescendant", "span-tool-1")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("s=root"))
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("treeitem")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("treeitem")).to_have_count(6)
    page.get_by_role("tab", name="Trace").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("tvt=timeline"))
    expect(page.get_by_role("tab", name="Timeline")).to_be_focused()


def test_links_lead_back_to_the_span(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{PAGE}&s=chat")

    def copied(label: str) -> str:
        page.evaluate("navigator.clipboard.writeText('')")
        page.get_by_role("button", name="Share").click()
        page.get_by_role("menuitem", name=label).click()
        page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("Copy span id") == "chat"
    assert "s=chat" not in copied("Copy link to the trace")
    link = copied("Copy link to this span")
    page.get_by_role("button", name="Share").click()
    with page.context.expect_page() as opened:
        page.get_by_role("menuitem", name="Open on a page of its own").click()
    expect(opened.value.get_by_test_id("span-detail").get_by_role("heading", name="chat")).to_be_visible()
    assert "full=1" in opened.value.url
    opened.value.close()
    page.goto(link)
    expect(page.get_by_test_id("span-detail").get_by_role("heading", name="chat")).to_be_visible()


def test_what_feedback_changed_is_told(page: Page, site: Site, project: str) -> None:
    feedback = {"id": "step", "scores": {"Kind": 0.5}, "source": "external", "metadata": {"user": "u-17"}}
    site.server.request("POST", f"/v1/project_logs/{project}/feedback", {"feedback": [feedback]})
    page.goto(f"{PAGE}&s=step")
    activity = page.get_by_role("region", name="Activity")
    expect(activity).to_contain_text("external")
    expect(activity).to_contain_text("u-17")
    expect(activity).to_contain_text("scores.Kind0.5")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everyone_can_use_it(site: Site, browser: Browser, size: dict[str, int], dark: bool) -> None:
    """No serious violation in any view."""
    with watched_page(browser, site.server.url, size=size, dark=dark) as page:
        site.sign_in(page)
        page.goto(f"{PAGE}&s=chat&full=1")
        expect(page.get_by_role("region", name="Input")).to_be_visible()
        problems = serious_violations(page)
        for view in ("Timeline", "Thread", "Graph", "Context", "Raw"):
            page.get_by_role("tab", name=view).click()
            expect(page.get_by_role("status")).to_have_count(0)
            problems += [f"{view}: {one}" for one in serious_violations(page, "section[aria-label=Trace]")]
        assert not problems, "\n".join(problems)


def test_the_check_sees_what_is_wrong(page: Page) -> None:
    page.goto(PAGE)
    expect(page.get_by_role("tree")).to_be_visible()
    page.evaluate("document.body.append(document.createElement('button'))")
    assert any(one.startswith("button-name") for one in serious_violations(page))
