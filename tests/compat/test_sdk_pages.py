"""Links that the published SDKs print open the page they promise, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.compat.conftest import Day
from tests.support.browser import DESKTOP, watched_page
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """A page that is signed in; console errors and foreign requests fail the test."""
    with watched_page(browser, server.url, size=DESKTOP) as made:
        made.goto(server.request("POST", "/api/session/link", {})["url"])
        made.wait_for_url("**/app/**")
        yield made


def opens_trace(page: Page, link: str, where: str, text: str) -> None:
    """The link ends on a page at `where` with the trace open, which shows `text`."""
    page.goto(link)
    page.wait_for_url(re.compile(r"[?&]r="))
    assert urlsplit(page.url).path == where
    assert parse_qs(urlsplit(page.url).query).keys() >= {"r", "s"}
    expect(page.get_by_test_id("span-detail")).to_contain_text(text)


def test_a_span_of_the_logs(page: Page, ran: Callable[[str], Day]) -> None:
    day = ran("scenario")
    where = f"/app/local/p/{day.project.replace(' ', '%20')}/logs"
    for link in day.seen["links"]:
        opens_trace(page, link, where, "later")


def test_a_span_of_an_experiment(page: Page, ran: Callable[[str], Day]) -> None:
    day = ran("evals")
    project = f"{day.project}, bases".replace(" ", "%20").replace(",", "%2C")
    for link in day.seen["links"]:
        opens_trace(page, link, f"/app/local/p/{project}/experiments/by%20hand", "look here")


def test_an_experiment(page: Page, ran: Callable[[str], Day]) -> None:
    first = ran("scenario").seen["evals"][0]
    page.goto(first["url"])
    expect(page.get_by_role("heading", name="first", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"^Levenshtein 0\.83 .* n 4$"))).to_be_visible()
    expect(
        page.get_by_role("row", name=re.compile("^Select row foo 2 trials foo foo 1.00 1.00"))
    ).to_be_visible()


def test_a_dataset(page: Page, ran: Callable[[str], Day]) -> None:
    day = ran("scenario")
    page.goto(day.seen["dataset_url"])
    main = page.get_by_role("main")
    expect(main).to_contain_text("songs")
    expect(main).to_contain_text("2 rows")
