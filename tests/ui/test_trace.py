"""Traces: hostile content stays text, and a trace of 50,000 spans opens."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import BASE, Site, stamp

pytestmark = [pytest.mark.browser]

HOSTILE = [
    "<img src=x onerror=\"window.pwned='img'\">",
    "<script>window.pwned='script'</script>",
    "[click](javascript:window.pwned='link')",
    "![remote](https://example.com/pixel.png)",
    "</div><style>body{display:none}</style>",
    "\u202egnp.exe \u0000 \ud83d\ude00 \u2028",
]


def test_hostile_content_is_shown_as_text(page: Page, site: Site) -> None:
    now = time.time()
    messages = [{"role": HOSTILE[0], "content": text} for text in HOSTILE]
    site.log(
        [
            {
                "id": "evil", "span_id": "evil", "root_span_id": "evil", "input": messages,
                "output": {HOSTILE[0]: HOSTILE}, "error": HOSTILE[1], "metadata": {HOSTILE[1]: HOSTILE[0]},
                "tags": [HOSTILE[0]], "scores": {HOSTILE[0]: 0.5}, "metrics": {"start": now, "end": now + 1},
                "span_attributes": {"name": HOSTILE[0], "type": "llm"}, "created": stamp(now),
            }
        ]
    )  # fmt: skip
    for view in ("trace", "timeline", "thread", "raw"):
        page.goto(f"{BASE}/logs?r=evil&t=all&tvt={view}")
        expect(page.get_by_text("onerror").filter(visible=True).first).to_be_visible()
        page.wait_for_timeout(200)
        assert page.evaluate("window.pwned") is None
        assert page.locator("main img, main script, main style, main a[href^='javascript']").count() == 0
    site.log([{"id": "evil", "_object_delete": True}])


def test_fifty_thousand_spans_open_search_and_fold(page: Page, site: Site) -> None:
    now = time.time()
    total = 50_000
    spans = []
    for number in range(total):
        parent = (
            None
            if number == 0
            else "big-0"
            if number % 100 == 1
            else f"big-{number - (number - 1) % 100 - 1 + 1}"
        )
        spans.append(
            {
                "id": f"big-{number}", "span_id": f"big-{number}", "root_span_id": "big-0",
                "span_parents": [parent] if parent else None, "input": f"payload {number}",
                "metrics": {"start": now + number / 1000, "end": now + number / 1000 + 0.5},
                "span_attributes": {"name": f"step {number}", "type": "tool"}, "created": stamp(now + number / 1000),
            }
        )  # fmt: skip
    for start in range(0, total, 10_000):
        site.log(spans[start : start + 10_000])
    page.goto(f"{BASE}/logs?r=big-0&t=all")
    tree = page.get_by_role("tree")
    expect(page.get_by_text("50,000 spans")).to_be_visible(timeout=30_000)
    assert tree.get_by_role("treeitem").count() < 120
    find = page.get_by_label("Find in trace")
    find.fill("payload 49321")
    expect(find.locator("xpath=following-sibling::span")).to_have_text("1", timeout=10_000)
    find.press("Enter")
    expect(page).to_have_url(re.compile("s=big-49321"))
    expect(tree.get_by_text("step 49321", exact=True)).to_be_visible()
    expect(page.get_by_test_id("span-detail")).to_contain_text("payload 49321")
    find.fill("")
    page.goto(f"{BASE}/logs?r=big-0&t=all")
    tree.get_by_role("button", name="Collapse").first.click()
    expect(tree.get_by_role("treeitem")).to_have_count(1)
    site.log([{"id": f"big-{number}", "_object_delete": True} for number in range(total)])


def test_the_thread_reads_as_a_conversation(page: Page) -> None:
    page.goto(f"{BASE}/logs?r=trace-001&tvt=thread&t=all")
    panel = page.get_by_role("region", name="Trace")
    expect(panel.get_by_text("please answer 1", exact=True)).to_be_visible()
    expect(panel.get_by_text("needle001 found")).to_be_visible()
    expect(panel.get_by_text("scripted model")).to_be_visible()
    judged = panel.get_by_role("listitem").filter(has=page.get_by_title("Show this span")).last
    expect(judged.get_by_role("term")).to_have_text(["Quality"])
    expect(judged.get_by_role("definition")).to_have_text("0.25 because 1")
    panel.get_by_title("Show this span").first.click()
    expect(page).to_have_url(re.compile("s=trace-001-llm"))


def test_scores_come_with_their_reason(page: Page) -> None:
    page.goto(f"{BASE}/logs?r=trace-007&s=trace-007-score&t=all")
    scores = page.get_by_role("region", name="Scores")
    expect(scores).to_contain_text("0.50")
    expect(scores).to_contain_text("because 7")


def test_links_find_their_row(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/logs?oid=trace-003-llm")
    expect(page).to_have_url(re.compile("r=trace-003.*s=trace-003-llm"))
    page.goto(f"/app/local/object?object_type=project_logs&object_id={site.project_id}&id=trace-004-llm")
    expect(page).to_have_url(re.compile(r"/p/pages/logs\?.*r=trace-004"))
    page.goto(f"{BASE}/logs?r=no-such-trace")
    expect(page.get_by_text("This trace is not here")).to_be_visible()
