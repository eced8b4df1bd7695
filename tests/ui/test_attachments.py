"""Files in the payloads of a span: shown as what they are, from this server alone, or with why they are not."""

from __future__ import annotations

import http.client
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.media import data_uri, pdf, png, wav
from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

PROJECT = "pages-attachments"
PAGE = f"<script>parent.pwned = 'html'</script>{'x' * 10}"


def stored(site: Site, name: str, content_type: str, body: bytes | None) -> dict[str, str]:
    """A reference to a file on the server; with no `body` its upload was begun and no more."""
    key = f"{PROJECT}-{name}"
    asked = {"key": key, "filename": name, "content_type": content_type}
    answer = site.server.request("POST", "/attachment", asked)
    if body is not None:
        parts = urlsplit(answer["signedUrl"])
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        connection.request("PUT", parts.path, body, answer["headers"])
        assert connection.getresponse().status == 200
        connection.close()
    return {"type": "braintrust_attachment", **asked}


def write(site: Site, row: dict[str, Any]) -> str:
    """One span in the project of this file; the address of its trace."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})
    now = time.time()
    span = {
        "id": row["id"], "span_id": row["id"], "root_span_id": row["id"], "created": stamp(now),
        "metrics": {"start": now, "end": now + 1}, "span_attributes": {"name": "vision", "type": "llm"},
    }  # fmt: skip
    rows = [{**span, **row, "project_id": project["id"], "log_id": "g"}]
    site.server.request("POST", "/logs3", {"rows": rows})
    return f"/app/local/p/{PROJECT}/logs?r={row['id']}&t=all&full=1"


def test_files_are_shown_as_what_they_are(page: Page, site: Site, tmp_path: Path) -> None:
    address = write(
        site,
        {
            "id": "kinds",
            "input": {
                "picture": stored(site, "a.png", "image/png", png()),
                "sound": stored(site, "a.wav", "audio/wav", wav()),
                "film": stored(site, "a.webm", "video/webm", b"\x1aE\xdf\xa3not really"),
                "paper": stored(site, "a.pdf", "application/pdf", pdf()),
                "page": stored(site, "a.html", "text/html", PAGE.encode()),
                "note": stored(site, "a.txt", "text/plain", "Grüße".encode()),
            },
            "output": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "what is this"},
                        {"type": "image_url", "image_url": {"url": data_uri("image/png", png())}},
                        {"type": "image_url", "image_url": {"url": "https://example.com/pixel.png"}},
                    ],
                }
            ],
            "expected": data_uri("text/html", PAGE.encode()),
        },
    )
    page.goto(address)
    field = page.get_by_role("region", name="Input")
    picture = field.get_by_role("img", name="a.png")
    expect(picture).to_be_visible()
    picture.evaluate("img => img.decode()")
    assert picture.evaluate("img => img.naturalWidth") == 48
    sound = field.get_by_role("figure", name="File a.wav").locator("audio")
    page.wait_for_function("audio => audio.readyState >= 1", arg=sound.element_handle())
    assert sound.evaluate("audio => audio.duration") == pytest.approx(0.5)
    film = field.get_by_role("figure", name="File a.webm")
    expect(film.get_by_role("alert")).to_contain_text("cannot show this video")

    paper = field.get_by_role("figure", name="File a.pdf")
    paper.get_by_role("button", name="Show PDF").click()
    expect(paper.locator("iframe")).to_have_attribute("src", re.compile("^blob:"))
    note = field.get_by_role("figure", name="File a.txt")
    note.get_by_role("button", name="Show text").click()
    expect(note.get_by_text("Grüße")).to_be_visible()

    html = field.get_by_role("figure", name="File a.html")
    assert html.locator("iframe, object, embed, img").count() == 0
    with page.expect_download() as download:
        html.get_by_role("button", name="Save a.html").click()
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == PAGE
    assert download.value.suggested_filename == "a.html"

    chat = page.get_by_role("region", name="Output")
    inline = chat.get_by_role("img", name="inline.png")
    inline.evaluate("img => img.decode()")
    assert inline.evaluate("img => img.naturalHeight") == 32
    elsewhere = chat.get_by_role("figure", name="File pixel.png")
    expect(elsewhere).to_contain_text("stored elsewhere, not fetched")
    expect(elsewhere).to_contain_text("https://example.com/pixel.png")
    whole = page.get_by_role("region", name="Expected").get_by_role("figure", name="File inline.html")
    assert whole.locator("iframe").count() == 0
    assert page.evaluate("window.pwned") is None


def test_a_file_that_is_not_there_says_why(rough_page: Page, site: Site) -> None:
    """On a page that may log errors: the browser itself reports the 404."""
    late = stored(site, "late.png", "image/png", None)
    failed = stored(site, "failed.png", "image/png", None)
    status = {"upload_status": "error", "error_message": "the disk was full"}
    site.server.request("POST", "/attachment/status", {"key": failed["key"], "status": status})
    missing = {
        "type": "braintrust_attachment",
        "key": "never",
        "filename": "gone.png",
        "content_type": "image/png",
    }
    external = {"type": "external_attachment", "url": "s3://bucket/far.png", "filename": "far.png"}
    files = {"late": late, "failed": failed, "missing": missing, "external": external}
    rough_page.goto(write(site, {"id": "states", "input": files}))
    field = rough_page.get_by_role("region", name="Input")
    expect(field.get_by_role("figure", name="File failed.png")).to_contain_text("the disk was full")
    expect(field.get_by_role("figure", name="File gone.png")).to_contain_text("missing")
    expect(field.get_by_role("figure", name="File far.png")).to_contain_text("s3://bucket/far.png")
    waiting = field.get_by_role("figure", name="File late.png")
    expect(waiting).to_contain_text("have not arrived yet")
    stored(site, "late.png", "image/png", png())
    expect(waiting.get_by_role("img", name="late.png")).to_be_visible()
