"""What applications log is not to be trusted: in every field, view and format it does no harm and stays readable.

The watched page fails on a console error, a violation of the Content-Security-Policy and a request to another host.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.media import data_uri
from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

PROJECT = "pages-hostile"
VIEWS = ("Timeline", "Thread", "Graph", "Context", "Raw", "Trace")
FORMATS = ("Markdown", "YAML", "JSON", "Text", "Source", "Difference", "Pretty")
BOTH = ("Input", "Output")
MEGABYTES = 10

SCRIPTS = [
    "needle <script>window.pwned='script'</script>",
    "<img src=x onerror=\"window.pwned='img'\"><svg onload=\"window.pwned='svg'\">",
    "</div></section><style>body{display:none}</style><iframe srcdoc=\"<script>parent.pwned='frame'</script>\">",
]
LINKS = [
    "needle [click](javascript:window.pwned='link') <javascript:window.pwned='auto'>",
    "[a]: javascript:window.pwned='reference'\n\n[a] [b](data:text/html,<script>1</script>) [c](//evil.example)",
    '<a href="javascript:window.pwned=1">x</a> ![p](javascript:window.pwned=2)',
]
REMOTE = [
    "needle ![remote](https://example.com/pixel.png)",
    '<img src="https://example.com/pixel.png"><link rel=stylesheet href="https://example.com/x.css">',
    "https://example.com/pixel.png",
]
PAGE = b"needle <script>parent.pwned='page'</script><script>window.pwned='page'</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload=\"parent.pwned='svg'\"><script>parent.pwned=1</script></svg>"
FILES = [
    data_uri("text/html", PAGE),
    data_uri("image/svg+xml", SVG),
    data_uri("application/xhtml+xml", PAGE),
    "data:text/html,<script>parent.pwned='plain'</script>",
]
MARKS = [
    "needle \u202egnp.exe \u202d \u2066\u2067\u2068 end",
    "\u200f\u061c\u0627\u0644\u0639\u0631\u0628\u064a\u0629 123 \u202e",
    "\u0000 \u2028\u2029 \ufeff \ud83d\ude00 half \ud83d",
]


def open_trace(page: Page, site: Site, ident: str, value: Any, *, text: str, extra: Any = None) -> None:
    """A span with `value` in every field that takes any value and `text` wherever a text is wanted."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})
    now = time.time()
    messages = [{"role": role, "name": text, "content": value if isinstance(value, str) else text}
                for role in ("user", "assistant", "tool", text)]  # fmt: skip
    common = {"project_id": project["id"], "log_id": "g", "root_span_id": ident, "created": stamp(now)}
    metrics = {"start": now, "end": now + 1, "prompt_tokens": 5}
    root = {
        "id": ident, "span_id": ident, "input": value, "output": {text: value, "list": [value, value]},
        "expected": [value], "error": value, "metadata": {text: value, "model": text, "rationale": text},
        "tags": [text], "scores": {text: 0.5}, "metrics": metrics,
        "span_attributes": {"name": text, "type": "task"}, **(extra or {}),
    }  # fmt: skip
    child = {
        "id": f"{ident}-llm", "span_id": f"{ident}-llm", "span_parents": [ident], "input": messages,
        "output": messages[1:2], "metadata": {"model": text}, "metrics": metrics,
        "span_attributes": {"name": text, "type": "llm"},
    }  # fmt: skip
    tools = [
        {"id": f"{ident}-{n}", "span_id": f"{ident}-{n}", "span_parents": [ident], "input": value, "output": value,
         "span_attributes": {"name": text, "type": "tool"}, "metrics": metrics}
        for n in range(2)
    ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": [{**row, **common} for row in (root, child, *tools)]})
    page.goto(f"/app/local/p/{PROJECT}/logs?r={ident}&t=all&full=1")
    expect(page.get_by_role("tree").get_by_role("treeitem")).to_have_count(4)


def check(page: Page, needle: str | None) -> None:
    """Nothing ran, nothing was embedded, the page is all there."""
    assert page.evaluate("window.pwned") is None
    panel = page.get_by_role("region", name="Trace")
    assert panel.locator("img, script, style, iframe, object, embed, link, base, form").count() == 0
    for link in panel.get_by_role("link").all():
        assert (link.get_attribute("href") or "").startswith(("http://", "https://", "mailto:"))
        assert "noopener" in (link.get_attribute("rel") or "")
    if needle:
        expect(panel.get_by_text(needle).first).to_be_visible()


def walk(page: Page, needle: str | None = "needle") -> None:
    """Every view, then every format of a value and of a record."""
    for view in VIEWS:
        page.get_by_role("tab", name=view).click()
        expect(page.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("status")).to_have_count(0)
        check(page, needle if view in ("Trace", "Timeline") else None)
    for choice in FORMATS:
        fields = {"Difference": ("Output",), "Markdown": BOTH, "Pretty": BOTH}.get(choice, ("Input",))
        for field in fields:
            page.get_by_role("button", name=f"Format of {field.lower()}").click()
            page.get_by_role("menuitemradio", name=re.compile(f"^{choice}")).click()
            expect(page.get_by_role("menu")).to_have_count(0)
        check(page, needle)
    page.get_by_role("treeitem").nth(1).click()
    expect(page.get_by_role("region", name="Input")).to_be_visible()
    check(page, None)


@pytest.mark.parametrize(
    ("ident", "texts"), [("scripts", SCRIPTS), ("links", LINKS), ("remote", REMOTE), ("marks", MARKS)]
)
def test_text_stays_text(page: Page, site: Site, ident: str, texts: list[str]) -> None:
    open_trace(page, site, ident, "\n\n".join(texts), text=texts[0])
    walk(page)


def test_marks_turn_nothing_else_around(page: Page, site: Site) -> None:
    """What stands behind a name with an override still runs from left to right."""
    open_trace(page, site, "override", "\u202eabc", text="\u202eabc", extra={"error": None})
    chip = page.get_by_role("group", name="Repeated calls").get_by_role("button").last
    expect(chip).to_contain_text("× 2")
    places = chip.evaluate("""chip => {
        const walker = document.createTreeWalker(chip, NodeFilter.SHOW_TEXT)
        const places = []
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const found = /[a×2]/.exec(node.data)
            if (!found) continue
            const range = document.createRange()
            range.setStart(node, found.index)
            range.setEnd(node, found.index + 1)
            places.push(range.getBoundingClientRect().left)
        }
        return places
    }""")
    assert len(places) == 3
    assert places == sorted(places)


def test_pages_and_drawings_in_every_field_are_only_saved(page: Page, site: Site) -> None:
    open_trace(page, site, "files", {"files": FILES}, text=FILES[0], extra={"input": FILES[0]})
    files = page.get_by_role("region", name="Input").get_by_role("figure")
    expect(files.first).to_contain_text("text/html")
    walk(page, None)


def test_ten_megabytes_open_in_parts(page: Page, site: Site) -> None:
    """In every field; the page holds a small part of it."""
    long = f"needle {'word ' * (MEGABYTES * 200_000)}"
    open_trace(page, site, "long", "needle and no more", text="needle", extra={"output": long, "error": long})
    walk(page)
    assert page.evaluate("document.body.innerText.length") < 200_000
    page.get_by_role("treeitem").first.click()
    more = page.get_by_role("region", name="Output").get_by_role("button", name="Show more")
    more.click()
    expect(more).to_be_visible()


def test_five_thousand_levels_stay_readable(page: Page, site: Site) -> None:
    """As a value as deep as the server takes, and deeper inside a text."""
    deep: Any = "bottom"
    for level in range(900):
        deep = {"k": deep} if level % 2 else [deep]
    text = '{"needle":' * 5_000 + "1" + "}" * 5_000
    assert len(json.dumps(deep)) < 20_000
    open_trace(page, site, "deep", {"needle": deep}, text="needle", extra={"expected": text})
    walk(page)
    page.get_by_role("treeitem").first.click()
    output = page.get_by_role("region", name="Output")
    for _ in range(3):
        output.locator("button[aria-expanded=false]").last.click()
    expect(output.locator("button[aria-expanded=true]").last).to_be_visible()
