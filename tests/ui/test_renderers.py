"""The formats of a field, and that the choice is remembered for it."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

PROJECT = "pages-renderers"
PAGE = f"/app/local/p/{PROJECT}/logs?r=one&t=all"


@pytest.fixture
def span(page: Page, site: Site) -> Page:
    """A span with something for each format."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})
    now = time.time()
    row = {
        "id": "one", "span_id": "one", "root_span_id": "one", "created": stamp(now), "project_id": project["id"],
        "log_id": "g", "metrics": {"start": now, "end": now + 1}, "span_attributes": {"name": "one", "type": "task"},
        "input": {"text": "first\nsecond", "n": [1, {"a": None}]},
        "output": "# Title\n\n**bold** <b>raw</b> [web](https://example.com/) [bad](javascript:1)",
        "expected": "# Title\n\n**italic** <b>raw</b> [web](https://example.com/) [bad](javascript:1)",
    }  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": [row]})
    page.goto(PAGE)
    return page


def as_format(page: Page, field: str, label: str) -> Locator:
    """Choose a format; the field."""
    section = page.get_by_role("region", name=field)
    section.get_by_role("button", name=f"Format of {field.lower()}").click()
    page.get_by_role("menuitemradio", name=label).click()
    return section


def test_markdown_is_rendered_without_html(span: Page) -> None:
    output = as_format(span, "Output", "Markdown")
    expect(output.get_by_role("heading", name="Title")).to_be_visible()
    expect(output.locator("strong")).to_have_text("bold")
    expect(output.get_by_role("link")).to_have_count(1)
    expect(output.get_by_role("link", name="web")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(output).to_contain_text("<b>raw</b>")
    expect(output.locator("b")).to_have_count(0)
    span.reload()
    expect(span.get_by_role("region", name="Output").get_by_role("heading", name="Title")).to_be_visible()
    expect(span.get_by_role("region", name="Expected")).to_contain_text("# Title")


def test_an_output_is_shown_as_its_difference(span: Page) -> None:
    output = as_format(span, "Output", "Difference")
    expect(output.locator("ins")).to_have_text("bold")
    expect(output.locator("del")).to_have_text("italic")
    span.get_by_role("button", name="Format of expected").click()
    expect(span.get_by_role("menuitemradio", name="Difference")).to_have_count(0)


def test_yaml_and_source_are_text(span: Page) -> None:
    expect(as_format(span, "Input", "YAML")).to_contain_text("text: |-\n  first\n  second")
    assert as_format(span, "Output", "Source").locator("a, b").count() == 0
    expect(span.get_by_role("region", name="Output")).to_contain_text("<b>raw</b>")
