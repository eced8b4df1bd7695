"""Every page and its main states, at two widths, light and dark: nobody is kept out, and nothing goes wrong.

`make screenshots` also draws the pictures of the docs.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import language
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.servers import running_server
from tests.support.story import BASELINE, CANDIDATE, Story, write_story
from tests.support.walk import PICTURES, ROOT, Stop, draw, faults, go, matches, routes
from tests.ui.stops import CHAPTERS, FAILING, LEAD_ON, SIGNED_OUT, STOPS

DRAWING = os.environ.get("DRAW_SCREENSHOTS") == "1"
PICTURE_LIMIT, ALL_PICTURES_LIMIT = 150_000, 3_000_000
IN_PSEUDO = {
    "projects", "logs", "logs without a match", "logs-groups", "trace", "trace-timeline", "monitor", "board",
    "review-queue", "queue-work", "experiments", "comparison", "comparison details", "dataset", "dataset-row",
    "dataset-versions", "prompt", "sql", "settings", "settings: personal", "audit-log", "health",
    "project settings: access", "project settings: retention",
}  # fmt: skip
"""Stops that are also made in the pseudo-language: at least one for each kind of page."""
browser_test = pytest.mark.browser


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Story]:
    """A server of its own: what other tests write would show in the pictures."""
    assert browser
    data: Path = tmp_path_factory.mktemp("walk") / "data"
    with running_server(data) as server:
        yield write_story(server, time.time() - 60)


def signed_in(page: Page, story: Story) -> Page:
    page.goto(story.server.request("POST", "/api/session/link", {})["url"])
    page.wait_for_url("**/app/**")
    return page


def address(stop: Stop, story: Story) -> str:
    path = stop.path.format_map(story.ids)
    return path if path.startswith("/") else f"{story.base}/{path}"


def walk(page: Page, story: Story, stops: tuple[Stop, ...], *, narrow: bool) -> list[str]:
    """Go to every stop this width has; returns what was wrong, each with the name of its stop."""
    problems: list[str] = []
    for stop in stops:
        if (narrow and stop.wide_only) or (stop.narrow and not narrow):
            continue
        try:
            go(page, stop, address(stop, story))
        except Exception as error:
            problems.append(f"{stop.name}: it does not come: {str(error)[:300]}")
            continue
        problems += [f"{stop.name}: {one}" for one in faults(page)]
        if DRAWING and stop.picture and stop.narrow == narrow:
            draw(page, PICTURES / f"{stop.name}.webp", dark=stop.dark)
    return problems


@browser_test
@pytest.mark.parametrize("narrow", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_page_can_be_used(story: Story, browser: Browser, chapter: str, narrow: bool) -> None:
    with watched_page(browser, story.server.url, size=PHONE if narrow else DESKTOP) as page:
        problems = walk(signed_in(page, story), story, CHAPTERS[chapter], narrow=narrow)
        page.goto("about:blank")
    assert not problems, "\n".join(problems)


@browser_test
@pytest.mark.parametrize("narrow", [False, True], ids=["desktop", "phone"])
def test_what_cannot_be_done_is_said_in_a_usable_way(story: Story, browser: Browser, narrow: bool) -> None:
    """Without a session, and where the server refuses."""
    with watched_page(browser, story.server.url, size=PHONE if narrow else DESKTOP, refused=True) as page:
        problems = walk(page, story, SIGNED_OUT, narrow=narrow)
        problems += walk(signed_in(page, story), story, FAILING, narrow=narrow)
        page.goto("about:blank")
    assert not problems, "\n".join(problems)


@browser_test
def test_every_word_is_said_in_the_language_of_the_reader(story: Story, browser: Browser) -> None:
    """In the pseudo-language nothing of the UI stays in English, and on a phone its longer words have room."""
    problems: list[str] = []
    stops = [stop for stop in STOPS if stop.name in IN_PSEUDO]
    assert {stop.name for stop in stops} == IN_PSEUDO, "a stop has another name now"
    with watched_page(browser, story.server.url, size=PHONE) as page:
        signed_in(page, story).add_init_script(language.CHOOSE)
        sent = language.Sent(page)
        for stop in stops:
            page.goto(address(stop, story))
            language.at_rest(page)
            found = language.plain_texts(page, sent) + language.beyond_the_window(page)
            problems += [f"{stop.name}: {one}" for one in found]
        expect(page.locator("html")).to_have_attribute("lang", language.PSEUDO)
        page.goto("about:blank")
    assert not problems, "\n".join(problems)


@browser_test
def test_menus_and_dialogs_speak_it_too(story: Story, browser: Browser) -> None:
    problems: list[str] = []
    with watched_page(browser, story.server.url, size=DESKTOP) as page:
        signed_in(page, story).add_init_script(language.CHOOSE)
        sent = language.Sent(page)
        for path in ("logs", f"experiments/{CANDIDATE}?c={BASELINE}", "datasets/rule%20breakers", "monitor"):
            page.goto(f"{story.base}/{path}")
            language.at_rest(page)
            for opener in page.locator("[aria-haspopup=menu]:visible").all():
                opener.click()
                expect(page.get_by_role("menu")).to_be_visible()
                problems += [f"{path}: {one}" for one in language.plain_texts(page, sent)]
                page.keyboard.press("Escape")
                expect(page.get_by_role("menu")).to_have_count(0)
        for key in ("Control+k", "?"):
            page.keyboard.press(key)
            expect(page.get_by_role("dialog")).to_be_visible()
            problems += [f"{key}: {one}" for one in language.plain_texts(page, sent)]
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
        page.goto("about:blank")
    assert not problems, "\n".join(sorted(set(problems)))


@browser_test
def test_what_only_dark_colours_hide_is_found(browser: Browser) -> None:
    page = browser.new_page(viewport=PHONE)
    style = (
        "body {color: #111; background: #fff} @media (prefers-color-scheme: dark) {body {background: #222}}"
    )
    page.set_content(f"<html lang=en><title>x</title><style>{style}</style><main><h1>Words</h1></main>")
    found = faults(page)
    page.close()
    assert len(found) == 1, found
    assert found[0].startswith("dark: color-contrast"), found


@browser_test
def test_routes_without_a_page_lead_to_one(story: Story, browser: Browser) -> None:
    with watched_page(browser, story.server.url, size=DESKTOP) as page:
        signed_in(page, story)
        for route, end in LEAD_ON.items():
            page.goto(route.replace("$org", "local").replace("$project", "playlist"))
            page.wait_for_url(lambda url, end=end: url.split("?")[0] == f"{story.server.url}{end}")
            expect(page.get_by_role("heading").first).to_be_visible()


def test_the_walk_leaves_out_no_route() -> None:
    base = "/app/local/p/playlist/"
    addresses = [
        one.path if one.path.startswith("/") else base + re.sub(r"\{[^}]*\}", "id", one.path) for one in STOPS
    ]
    left_out = [
        route
        for route, shows_a_page in routes().items()
        if not (any(matches(route, one) for one in addresses) if shows_a_page else route in LEAD_ON)
    ]
    assert left_out == [], "tests/ui/stops.py has no stop for these"


def test_the_docs_have_every_picture_and_no_other() -> None:
    wanted = {f"{stop.name}.webp" for stop in STOPS if stop.picture}
    there = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(there) == wanted, "make screenshots draws them"
    too_large = {name: size for name, size in there.items() if size > PICTURE_LIMIT}
    assert too_large == {}
    assert sum(there.values()) <= ALL_PICTURES_LIMIT
    gallery = (ROOT / "docs" / "ui.md").read_text(encoding="utf-8")
    assert {name for name in there if f"](img/{name})" not in gallery} == set()
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.name, name)
        for page in pages
        for name in re.findall(r"\((?:docs/)?(?:\.\./)?img/([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert {(page, name) for page, name in named if name not in there} == set()
