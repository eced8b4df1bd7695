"""What the trace makes of its spans: timeline by usage, graph, context, repeated calls."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

PROJECT = "pages-analysis"
PAGE = f"/app/local/p/{PROJECT}/logs?r=run&t=all&full=1"
STEPS = 6


@pytest.fixture
def run(page: Page, site: Site) -> Page:
    """A page signed in, and an agent that searched twice for everything it looked up."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})
    now = time.time()

    def span(name: str, kind: str, ident: str, parent: str | None, at: float, **more: Any) -> dict[str, Any]:
        metrics = {"start": now + at, "end": now + at + 0.5, **more.pop("metrics", {})}
        return {
            "id": ident, "span_id": ident, "root_span_id": "run", "span_parents": [parent] if parent else None,
            "created": stamp(now + at), "metrics": metrics, "span_attributes": {"name": name, "type": kind},
            "project_id": project["id"], "log_id": "g", **more,
        }  # fmt: skip

    rows = [span("agent", "task", "run", None, 0)]
    for n in range(STEPS):
        prompt = 1000 + 500 * n
        usage = {"prompt_tokens": prompt, "prompt_cached_tokens": 500 * n, "completion_tokens": 100}
        rows.append(
            span("chat", "llm", f"llm-{n}", "run", n + 0.1, metrics={**usage, "estimated_cost": 0.01})
        )
        arguments = {"song": "same"} if n < STEPS - 1 else {"song": "other"}
        rows.append(span("look_up", "tool", f"tool-{n}", "run", n + 0.6, input=arguments))
    rows.append(span("agent", "task", "inner", "tool-0", 0.7))
    site.server.request("POST", "/logs3", {"rows": rows})
    return page


def test_the_timeline_measures_what_is_asked(run: Page) -> None:
    run.goto(f"{PAGE}&tvt=timeline")
    root = run.get_by_role("treeitem").first
    expect(root).to_contain_text("500 ms")
    choice = run.get_by_role("group", name="Timeline by")
    choice.get_by_role("button", name="tokens").click()
    expect(run).to_have_url(re.compile("tlb=tokens"))
    expect(root).to_contain_text("14.1k")
    choice.get_by_role("button", name="cost").click()
    expect(root).to_contain_text("$0.0600")


def test_the_graph_shows_who_called_whom(run: Page) -> None:
    run.goto(f"{PAGE}&tvt=graph")
    graph = run.get_by_role("region", name="Agent graph")
    # agent calls look_up, which calls agent: one box
    circle = graph.get_by_role("button", name=re.compile("circle"))
    expect(circle).to_contain_text(re.compile(f"{STEPS + 2}×.*circle {STEPS + 1}×"))
    chat = graph.get_by_role("button", name=re.compile(rf"^chat {STEPS}× · 3\.00 s"))
    chat.focus()
    run.keyboard.press("Enter")
    expect(run).to_have_url(re.compile(r"s=llm-\d"))
    expect(run.get_by_test_id("span-detail")).to_contain_text("chat")


def test_the_context_says_what_each_call_added(run: Page) -> None:
    run.goto(f"{PAGE}&tvt=context")
    calls = run.get_by_role("list", name="Model calls").get_by_role("listitem")
    expect(calls).to_have_count(STEPS)
    expect(calls.nth(0)).to_contain_text("start")
    expect(calls.nth(3)).to_contain_text("+500")
    expect(run.get_by_role("region", name="Trace")).to_contain_text(
        "13.5k tokens sent, 7.5k of them cached (56 %)"
    )
    calls.nth(3).get_by_role("button").click()
    expect(run).to_have_url(re.compile("s=llm-3"))


def test_repeated_calls_are_pointed_out(run: Page) -> None:
    run.goto(PAGE)
    strip = run.get_by_role("group", name="Repeated calls")
    expect(strip).to_contain_text(f"loop: look_up, {STEPS - 1} times in a row")
    again = strip.get_by_role("button", name=f"look_up × {STEPS - 1}")
    again.click()
    expect(run).to_have_url(re.compile("s=tool-0"))
    again.click()
    expect(run).to_have_url(re.compile("s=tool-1"))
